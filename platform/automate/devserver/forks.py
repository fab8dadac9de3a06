"""Starts processes by forking, on Linux only. The supervisor becomes the parent of the forked processes."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from automate.devserver.forking import LARGEST_ORDER, ForkRequest
from automate.devserver.held import LockedProcess, spawn
from automate.kernel.errors import NormalizedError

NAME = "forks"
"""The name of the forking process's lock and log."""
MODULE = "automate.devserver.forking"
COMMAND = "automate.cli"
"""The module whose ``main`` each process runs."""
SHARED = (
    "asyncio",
    "cronsim",
    "cryptography.fernet",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.hpke",
    "django.contrib.postgres.fields",
    "django.core.mail",
    "django.core.management",
    "django.core.paginator",
    "django.core.serializers.json",
    "django.core.signing",
    "django.db.backends.postgresql.base",
    "django.db.migrations.state",
    "django.db.models",
    "django.http",
    "django.middleware.csrf",
    "django.urls",
    "django.views.generic",
    "dramatiq.brokers.redis",
    "email.policy",
    "environ",
    "http.cookiejar",
    "httpx2",
    "jmespath",
    "jsonschema_rs",
    "logging.config",
    "logging.handlers",
    "multiprocessing.util",
    "orjson",
    "prometheus_client.core",
    "psycopg",
    "psycopg_pool",
    "re2",
    "redis",
    "smtplib",
    "uuid_utils.compat",
    "uvloop",
    "wsgiref.simple_server",
)
"""Libraries that at least two kinds of processes import. None of them reads settings or starts a thread."""
KEPT = ("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "AUTOMATE_HOME")
KEPT_PREFIXES = ("PYTHON", "LC_", "LD_", "MALLOC_", "GLIBC_")
"""The environment variables that the forking process keeps. Others may hold secrets. Each forked process receives
them separately."""
ANSWER_SECONDS = 60.0
"""The maximum time to import all modules and fork."""
PR_SET_CHILD_SUBREAPER = 36


@dataclass(eq=False)
class Adopted:
    """A forked process."""

    pid: int
    status: int | None = None

    def poll(self) -> int | None:
        if self.status is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if ended else None
        return self.status


class Forks:
    """Sends orders to the forking process. If the forking process does not run, it is started before the order."""

    def __init__(self, home: Path) -> None:
        self.home, self._log = home, home / "log" / f"{NAME}.log"
        self._process: LockedProcess | None = None
        self._orders: socket.socket | None = None

    @staticmethod
    def work_here() -> bool:
        return sys.platform == "linux"

    def fork(
        self, name: str, words: Sequence[str], *, lock: Path, log: Path, environ: Mapping[str, str], death_signal: int
    ) -> LockedProcess:
        """Fork a process that runs ``automate <words>``. Raises UNAVAILABLE if no process can be forked."""
        order = json.dumps(
            asdict(ForkRequest(name, list(words), str(lock), str(log), dict(environ), death_signal))
        ).encode()
        answer = self._ask(order) or self._ask(order)  # the process may have died since the last order
        if not answer:
            raise NormalizedError("UNAVAILABLE", f"No process can be started. The log has the reason: {self._log}")
        if not answer.isdigit():
            raise NormalizedError("UNAVAILABLE", f"The process {name} cannot be started: {answer}")
        return LockedProcess(int(answer), lock, Adopted(int(answer)))

    def close(self) -> None:
        """End the forking process. The forked processes continue."""
        if self._orders is not None:
            self._orders.close()
        if self._process is not None:
            self._process.end()
        self._orders = self._process = None

    def _ask(self, order: bytes) -> str:
        # The pid of the forked process, or an error message. Empty if the forking process has ended.
        try:
            with _adopting():
                orders = self._orders or self._start()
                orders.send(order)
                if answer := orders.recv(LARGEST_ORDER).decode():
                    return answer
        except OSError:
            pass
        self.close()
        return ""

    def _start(self) -> socket.socket:
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        mine.settimeout(ANSWER_SECONDS)
        self._orders = mine
        with its:
            self._process = spawn(
                [sys.executable, "-m", MODULE, str(its.fileno()), COMMAND, *SHARED],
                lock=self.home / "locks" / NAME,
                log=self._log,
                environ=_environ(os.environ),
                death_signal=signal.SIGTERM,
                files=[its.fileno()],
            )
        return mine


@contextmanager
def _adopting() -> Iterator[None]:
    # At other times, the init process adopts orphans and removes them after their end.
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    return {**kept, "PYTHONUNBUFFERED": "1"}
