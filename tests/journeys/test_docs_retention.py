"""Every command of docs/retention.md is run, and prints what the page says."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.support.console import matches, told
from tests.support.installations import Installation
from tests.support.terminal import Terminal
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "retention.md").read_text()


def test_page_prints_what_happens(tmp_path: Path) -> None:
    commands = told(PAGE)
    with Installation(tmp_path / "home") as running:
        running.await_ready()
        with closing(Terminal(running, tmp_path / "work")) as terminal:
            terminal.environ["AUTOMATE_PORT"] = str(running.port)
            done = terminal.run(*(one.command for one in commands))
    for one, (status, said) in zip(commands, done, strict=True):
        assert status == 0, (one.command, said)
        assert matches(said, one.lines), (one.command, said)
