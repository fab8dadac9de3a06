"""The supervisor's side of ``forking``: it orders processes and receives their ends.

It exists only on Linux; elsewhere, processes are spawned.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automate.devserver.forking import LENGTH, PART_BYTES, Order
from automate.devserver.held import LockedProcess, holder, spawn
from automate.kernel.errors import NormalizedError

NAME = "forks"
"""The name of its lock and its log."""
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
"""The environment variables that it keeps. Others may hold secrets, which each process receives separately."""
ANSWER_SECONDS = 60.0
"""The maximum time to import all modules and fork."""


class _GoneError(Exception):
    """The process has ended or does not answer."""


@dataclass(eq=False)
class Forked:
    """A forked process, with the interface of ``LockedProcess``. status: None until it has ended."""

    pid: int
    lock: Path
    forks: Forks | None
    status: int | None = None

    def poll(self) -> int | None:
        if self.status is None and self.forks is not None:
            self.forks.listen()
        # If no process is left to report its end, the lock shows whether it lives.
        if self.status is None and self.forks is None and holder(self.lock) is None:
            self.status = -signal.SIGTERM
        return self.status


@dataclass
class Forks:
    """Forks processes. home: of the installation.

    The forking process starts with the first order, and again after its death.
    """

    home: Path
    _forked: dict[int, Forked] = field(default_factory=dict)
    _process: LockedProcess | None = None
    _orders: socket.socket | None = None
    _unread: bytes = b""
    _lock: Path = field(default_factory=Path)
    """The lock of the process that is being forked."""
    _answer: Forked | str | None = None
    """The forked process, or the reason for its absence."""

    @staticmethod
    def work_here() -> bool:
        return sys.platform == "linux"

    def fork(
        self, name: str, words: Sequence[str], *, lock: Path, log: Path, environ: Mapping[str, str], death_signal: int
    ) -> LockedProcess:
        """Run ``automate <words>``. Raises NormalizedError UNAVAILABLE if no process can be forked."""
        order = Order(name, list(words), str(lock), dict(environ), death_signal)
        with log.open("ab") as output:
            try:
                answer = self._ask(order, output.fileno())
            except _GoneError:
                self.close()
                try:
                    answer = self._ask(order, output.fileno())
                except _GoneError:
                    message = f"No process can be forked. The log has the reason: {self._log}"
                    raise NormalizedError("UNAVAILABLE", message) from None
        if isinstance(answer, str):
            raise NormalizedError("UNAVAILABLE", f"{name} cannot be forked: {answer}")
        return LockedProcess(answer.pid, lock, answer)

    def listen(self) -> None:
        """Receive the messages that have arrived."""
        if self._orders is None:
            return
        self._orders.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                try:
                    self._receive()
                except _GoneError:
                    self.close()
                    return

    def close(self) -> None:
        """End the forking process. The processes that it forked receive their death signal."""
        if self._orders is not None:
            self._orders.close()
        self._orders, self._unread = None, b""
        if self._process is not None:
            self._process.end()
        self._process = None
        for child in self._forked.values():
            child.forks = None
        self._forked.clear()

    @property
    def _log(self) -> Path:
        return self.home / "log" / f"{NAME}.log"

    def _start(self) -> socket.socket:
        mine, its = socket.socketpair()
        with its:
            self._process = spawn(
                [sys.executable, "-m", MODULE, str(its.fileno()), COMMAND, *SHARED],
                lock=self.home / "locks" / NAME,
                log=self._log,
                environ=_environ(os.environ),
                death_signal=signal.SIGTERM,
                files=[its.fileno()],
            )
        self._orders = mine
        return mine

    def _ask(self, order: Order, log: int) -> Forked | str:
        """Send an order and wait for its answer. Raises _GoneError."""
        orders = self._orders or self._start()
        orders.settimeout(ANSWER_SECONDS)
        message = order.as_message()
        self._lock, self._answer = Path(order.lock), None
        try:
            socket.send_fds(orders, [LENGTH.pack(len(message))], [log])
            orders.sendall(message)
            while self._answer is None:
                self._receive()
        except OSError as error:
            raise _GoneError from error
        return self._answer

    def _receive(self) -> None:
        """Receive messages.

        Raises _GoneError at the end of the process, BlockingIOError or TimeoutError without a message.
        """
        assert self._orders is not None, "called while it runs"  # noqa: S101 - narrows the type
        try:
            part = self._orders.recv(PART_BYTES)
        except ConnectionError:
            part = b""
        if not part:
            raise _GoneError
        *lines, self._unread = (self._unread + part).split(b"\n")
        for line in lines:
            self._note(json.loads(line))

    def _note(self, news: dict[str, Any]) -> None:
        if "failed" in news:
            self._answer = str(news["failed"])
        elif "forked" in news:
            # Its end may be reported in the same part of data.
            self._answer = self._forked[news["forked"]] = Forked(news["forked"], self._lock, self)
        elif (child := self._forked.pop(news["ended"], None)) is not None:
            child.status = news["status"]


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    return {**kept, "PYTHONUNBUFFERED": "1"}
