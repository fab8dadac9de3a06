"""Starts processes without importing typer and rich. These libraries would take 20 MB of memory in each process."""

from __future__ import annotations

import importlib
import sys

from automate.cli.faults import exit_on_error
from automate.cli.listed import LISTED, PROCESSES
from automate.project.lean_structlog import import_structlog_without_rich


def is_process(words: list[str]) -> bool:
    return len(words) == 1 and words[0] in LISTED and (words[0] == "up" or LISTED[words[0]].panel == PROCESSES)


def main() -> None:
    import_structlog_without_rich()
    module, _, name = LISTED[sys.argv[1]].target.partition(":")
    with exit_on_error():
        getattr(importlib.import_module(f"automate.cli.{module}"), name)()
