"""Every line of docs/testing.md is run, and says what the page says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.cases import plugins
from tests.support.installations import Installation
from tests.support.page_commands import run_page
from tests.support.terminal import Terminal
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "testing.md").read_text()


def with_pytest(terminal: Terminal, _running: Installation) -> None:
    (terminal.folder / "bin" / "pytest").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pytest "$@"\n')
    (terminal.folder / "bin" / "pytest").chmod(0o755)
    terminal.environ.update({**plugins(), "PYTEST_ADDOPTS": "-p no:cacheprovider"})


@pytest.mark.long
def test_page_says_what_happens(tmp_path: Path) -> None:
    run_page(PAGE, ["first.automate.yaml", "test_first.py"], tmp_path, with_pytest)
