"""The cases of docs/payment_fails.md hold, as the page prints it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.command import command_of
from tests.support.console import told
from tests.support.tree import ROOT

PAGE = (ROOT / "docs" / "payment_fails.md").read_text()
FILES = dict(re.findall(r"as `([\w.]+)`:\n\n```yaml\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_cases_hold(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert sorted(FILES) == ["paid.automate.yaml", "payment.yaml", "reminded.automate.yaml"]
    (test,) = told(PAGE)
    assert test.command == "automate test"
    done = command_of(monkeypatch, capsys)("test")
    assert (done.status, tuple(done.out.splitlines())) == (0, test.lines)


def test_case_without_the_payment_of_this_invoice_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = folder / "paid.automate.yaml"
    case.write_text(case.read_text().replace("{id: in_1}}}, after_seconds: 3600", "{id: in_3}}}, after_seconds: 3600"))
    assert command_of(monkeypatch, capsys)("test", "paid.automate.yaml").status == 1
