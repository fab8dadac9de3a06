"""A process's command without the library of command lines, which takes 14 MB in each process."""

from __future__ import annotations

import importlib
import sys

from automate.project.cli.faults import told
from automate.project.cli.listed import LISTED, PROCESSES


def is_process(words: list[str]) -> bool:
    """Whether a command line starts a process, and has no options."""
    return len(words) == 1 and words[0] in LISTED and LISTED[words[0]].panel == PROCESSES


def main() -> None:
    module, _, name = LISTED[sys.argv[1]].target.partition(":")
    with told():
        getattr(importlib.import_module(f"automate.project.cli.{module}"), name)()
