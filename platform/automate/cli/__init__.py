"""The ``automate`` command line."""

from __future__ import annotations

import importlib
import sys

INTERRUPTED = 130
"""The exit status that shells use after Ctrl-C."""


def main() -> None:
    """Run the command line."""
    try:
        importlib.import_module(f"automate.cli.{_module_for(sys.argv[1:])}").main()
    except KeyboardInterrupt:  # also during the imports, which take a second
        sys.exit(INTERRUPTED)


def _module_for(words: list[str]) -> str:
    # The module that needs the fewest imports.
    if words == ["--version"]:
        return "version"
    if words[:1] == ["health"]:
        health = importlib.import_module("automate.cli.health")
        return "health" if health.asks_for_health(words) else "app"
    alone = importlib.import_module("automate.cli.alone")
    return "alone" if alone.is_process(words) else "app"
