"""Every line of docs/testing.md is run, and says what the page says."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.cases import plugins
from tests.support.console import matches, told
from tests.support.installations import Installation
from tests.support.terminal import Terminal
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "testing.md").read_text()
NAMED = re.compile(r"[Aa]s `([\w.]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
"""A file that the page says how to write."""


def test_page_says_what_happens(tmp_path: Path) -> None:
    commands = told(PAGE)
    files = dict(NAMED.findall(PAGE))
    assert list(files) == ["first.automate.yaml", "test_first.py"]
    with Installation(tmp_path / "home") as running:
        running.await_ready()
        with closing(Terminal(running, tmp_path / "work")) as terminal:
            (terminal.folder / "bin" / "pytest").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pytest "$@"\n')
            (terminal.folder / "bin" / "pytest").chmod(0o755)
            terminal.environ.update({**plugins(), "PYTEST_ADDOPTS": "-p no:cacheprovider"})
            for name, text in files.items():
                (terminal.folder / name).write_text(text)
            done = terminal.run(*(one.command for one in commands))
    for one, (status, said) in zip(commands, done, strict=True):
        assert status == 0, (one.command, said)
        assert matches(said, one.lines), (one.command, said)
