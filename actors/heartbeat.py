"""Keeps the leases of what this process holds, over all tenants in one statement."""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import structlog
from django.db import Error, connection

from automate.kernel.tenancy import acting_for_platform
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob

log = structlog.get_logger(__name__)

Held = Callable[[], Sequence[ClaimedJob]]
Told = Callable[[Collection[uuid.UUID]], None]


class Heartbeat:
    """every_seconds: at most half of lease_seconds, so that one lost beat loses no lease.

    reached_at: when it last reached PostgreSQL, on the monotonic clock.
    """

    def __init__(self, *, every_seconds: float, lease_seconds: float) -> None:
        self._every = every_seconds
        self._lease = lease_seconds
        self.reached_at = -math.inf
        self._lock = threading.Lock()
        self._holders: dict[Held, Told] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    @contextmanager
    def holding(self, held: Held, told: Told) -> Iterator[None]:
        """Renew what held returns, until the block ends. told: is handed the jobs that bear a signal."""
        with self._lock:
            self._holders[held] = told
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
            with acting_for_platform("renew the leases of this process"):
                signalled = claims.renew(jobs, lease_seconds=self._lease)
            if signalled:
                for told in holders.values():
                    told(signalled)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.beat()
                self._reach()
            except Error as error:
                # The next beat tries again; a lease outlives two.
                log.warning("heartbeat failed", error=str(error))
                connection.close()
            self._stopped.wait(self._every)
        connection.close()

    def _reach(self) -> None:
        """Also where no job is held: whoever idles has to know whether it could work."""
        connection.ensure_connection()
        if connection.is_usable():
            self.reached_at = time.monotonic()
        else:
            connection.close()
