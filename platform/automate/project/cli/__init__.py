"""``automate``: one command per process, the commands that run a whole installation here, and those of a client."""

from __future__ import annotations

import importlib
import sys

from automate.project.cli.health import asks_for_health
from automate.project.cli.version import say_version

INTERRUPTED = 130
"""The status that shells know for what Ctrl-C ended."""


def main() -> None:
    """The entry point. Health checks come every few seconds for each process: they do not import all the rest."""
    words = sys.argv[1:]
    if words == ["--version"]:
        say_version()
        return
    module = "health" if asks_for_health(words) else "app"
    try:
        importlib.import_module(f"automate.project.cli.{module}").main()
    except KeyboardInterrupt:  # also while the second of imports goes on
        sys.exit(INTERRUPTED)
