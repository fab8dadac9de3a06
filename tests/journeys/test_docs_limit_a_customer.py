"""Every line of docs/limit_a_customer.md is run, and prints what the page says."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.console import matches, told
from tests.support.installations import Installation
from tests.support.terminal import Terminal
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "limit_a_customer.md").read_text()
NAMED = re.compile(r"[Aa]s `([\w.]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
"""A file that the page says how to write."""


def test_page_prints_what_happens(tmp_path: Path) -> None:
    commands, files = told(PAGE), dict(NAMED.findall(PAGE))
    assert list(files) == ["orders.yaml"]
    with Installation(tmp_path / "home") as running:
        running.await_ready()
        with closing(Terminal(running, tmp_path / "work")) as terminal:
            terminal.environ["AUTOMATE_PORT"] = str(running.port)
            for name, text in files.items():
                (terminal.folder / name).write_text(text)
            done = terminal.run(*(one.command for one in commands))
    for one, (status, said) in zip(commands, done, strict=True):
        assert status == 0, (one.command, said)
        assert matches(said, one.lines), (one.command, said)
