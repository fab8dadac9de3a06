"""Uses one SQL statement to renew the leases of all jobs that this process holds."""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.db import Error, connection

from automate.kernel.answering import answers_within
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.processes.watch import watch

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 1.0
"""The delay after a failed beat. It is short, so that no lease expires after PostgreSQL has recovered."""

Held = Callable[[], Sequence[ClaimedJob]]
OnSignals = Callable[[Collection[uuid.UUID]], None]


class Heartbeat:
    """Renews leases in a thread."""

    def __init__(
        self, *, every_seconds: float, lease_seconds: float, answer_seconds: float = 35.0, overdue_seconds: float = 60.0
    ) -> None:
        self._every = every_seconds
        self._lease = lease_seconds
        # Between the last beat and the lease's end, there is time for a beat on a lost connection and one on a new
        # connection.
        self._hasty = min(every_seconds / 2, answer_seconds)
        self._longest_answer = answer_seconds
        self._overdue = overdue_seconds
        self.reached_at = -math.inf
        self._lock = threading.Lock()
        self._holders: dict[Held, OnSignals] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    @contextmanager
    def holding(self, held: Held, on_signals: OnSignals) -> Iterator[None]:
        """Renew the leases of jobs until the ``with`` block ends.

        ``held`` returns the jobs. If jobs have received a signal, ``on_signals`` is called with these jobs.
        """
        with self._lock:
            self._holders[held] = on_signals
        try:
            yield
        finally:
            with self._lock:
                self._holders.pop(held, None)

    def beat(self) -> None:
        with self._lock:
            holders = dict(self._holders)
        jobs = [job for held in holders for job in held()]
        if jobs:
            with acting_for_platform("renew the leases of this process", QUEUE_ROLE):
                signalled = claims.renew(jobs, lease_seconds=self._lease)
            if signalled:
                for on_signals in holders.values():
                    on_signals(signalled)

    def _run(self) -> None:
        answer_seconds = self._hasty
        with watch.following("heartbeat", self._overdue + self._every) as loop:
            while not self._stopped.is_set():
                loop.turn()
                try:
                    with answers_within(answer_seconds):
                        self.beat()
                        self._reach()
                except Error as error:
                    log.warning("heartbeat failed", error=str(error))
                    connection.close()
                    # A slow PostgreSQL gets the whole time of its statement_timeout.
                    answer_seconds = min(2 * answer_seconds, self._longest_answer)
                    self._stopped.wait(min(AGAIN_SECONDS, self._every))
                else:
                    answer_seconds = self._hasty
                    self._stopped.wait(self._every)
        connection.close()

    def _reach(self) -> None:
        # Without jobs, a beat sends no statement and would not notice an outage.
        connection.ensure_connection()
        if connection.is_usable():
            self.reached_at = time.monotonic()
        else:
            connection.close()


def heartbeat_of_settings() -> Heartbeat:
    # It does not beat before `start`.
    return Heartbeat(
        every_seconds=settings.HEARTBEAT_SECONDS,
        lease_seconds=settings.LEASE_SECONDS,
        answer_seconds=settings.ANSWER_SECONDS,
        overdue_seconds=settings.OVERDUE_SECONDS,
    )
