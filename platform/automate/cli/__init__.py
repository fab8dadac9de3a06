"""``automate``: one command per process, the commands that run a whole installation here, and those of a client."""

from __future__ import annotations

import importlib
import sys

INTERRUPTED = 130
"""The status that shells know for what Ctrl-C ended."""


def main() -> None:
    """The entry point. Health checks come every few seconds for each process: they do not import all the rest."""
    try:
        importlib.import_module(f"automate.cli.{_module_for(sys.argv[1:])}").main()
    except KeyboardInterrupt:  # also while the second of imports goes on
        sys.exit(INTERRUPTED)


def _module_for(words: list[str]) -> str:
    """The module that understands a command line, of those with few imports."""
    if words == ["--version"]:
        return "version"
    if words[:1] == ["health"]:
        health = importlib.import_module("automate.cli.health")
        return "health" if health.asks_for_health(words) else "app"
    return "app"
