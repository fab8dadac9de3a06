"""Commands of processes, without the libraries for command lines and consoles, which take 20 MB in each process."""

from __future__ import annotations

import importlib
import sys

from automate.cli.faults import exit_on_error
from automate.cli.listed import LISTED, PROCESSES


def is_process(words: list[str]) -> bool:
    """Whether a command line starts a process or the supervisor, and has no options."""
    return len(words) == 1 and words[0] in LISTED and (words[0] == "up" or LISTED[words[0]].panel == PROCESSES)


def main() -> None:
    import_structlog_without_rich()
    module, _, name = LISTED[sys.argv[1]].target.partition(":")
    with exit_on_error():
        getattr(importlib.import_module(f"automate.cli.{module}"), name)()


def import_structlog_without_rich() -> None:
    """Import structlog without rich, which it imports for its console if rich is installed. Processes log JSON."""
    if "rich" not in sys.modules:
        sys.modules["rich"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("structlog")
        finally:
            del sys.modules["rich"]
