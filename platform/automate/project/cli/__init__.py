"""``automate``: one command per process, the commands that run a whole installation here, and those of a client."""

from __future__ import annotations

import importlib
import sys

from automate.project.cli.health import asks_for_health


def main() -> None:
    """The entry point. Health checks come every few seconds for each process: they do not import all the rest."""
    module = "health" if asks_for_health(sys.argv[1:]) else "app"
    importlib.import_module(f"automate.project.cli.{module}").main()
