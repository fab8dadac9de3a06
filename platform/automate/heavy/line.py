"""Limits how many long computations run at the same time.

Further computations wait in a short queue. One tenant gets at most half of the running computations, and at most half
of the queue.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from automate.kernel.errors import NormalizedError

RETRY_AFTER_SECONDS = 1

Tenant = uuid.UUID | None
"""None: the platform."""


class _Ticket:
    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.called = threading.Event()


class Line:
    """Limits how many computations run at the same time."""

    def __init__(self, places: int, longest: int, patience_seconds: float) -> None:
        self.places, self.longest, self.patience_seconds = places, longest, patience_seconds
        self.share, self.share_of_line = places // 2, max(1, longest // 2)
        self._lock = threading.Lock()
        self._working: Counter[Tenant] = Counter()
        self._waiting: list[_Ticket] = []

    @contextmanager
    def place(self, tenant: Tenant) -> Iterator[None]:
        """Wait until a computation is allowed to run. Hold its place until the ``with`` block ends.

        Raises RATE_LIMITED or UNAVAILABLE if no place is free in time.
        """
        ticket = self._enter(tenant)
        if not ticket.called.wait(self.patience_seconds) and not self._leave_line(ticket):
            raise self._refusal(tenant)
        try:
            yield
        finally:
            self._release(tenant)

    def _enter(self, tenant: Tenant) -> _Ticket:
        ticket = _Ticket(tenant)
        with self._lock:
            self._waiting.append(ticket)
            self._call_next()
            if not ticket.called.is_set():
                mine = sum(one.tenant == tenant for one in self._waiting)
                if len(self._waiting) > self.longest or mine > self.share_of_line:
                    self._waiting.remove(ticket)
                    raise self._refusal(tenant, locked=True)
        return ticket

    def _leave_line(self, ticket: _Ticket) -> bool:
        # Returns whether the computation got a place meanwhile.
        with self._lock:
            if not ticket.called.is_set():
                self._waiting.remove(ticket)
            return ticket.called.is_set()

    def _release(self, tenant: Tenant) -> None:
        with self._lock:
            self._working[tenant] -= 1
            if not self._working[tenant]:
                del self._working[tenant]
            self._call_next()

    def _call_next(self) -> None:
        for ticket in list(self._waiting):
            if self._working.total() >= self.places:
                return
            if self._working[ticket.tenant] < self.share:
                self._working[ticket.tenant] += 1
                self._waiting.remove(ticket)
                ticket.called.set()

    def _refusal(self, tenant: Tenant, *, locked: bool = False) -> NormalizedError:
        if locked:
            has_share = self._working[tenant] >= self.share
        else:
            with self._lock:
                has_share = self._working[tenant] >= self.share
        details = {"retry_after_seconds": RETRY_AFTER_SECONDS}
        if has_share:
            message = (
                f"The tenant already has {self.share} of these computations in progress, the maximum for one tenant. "
                "Wait until a computation ends, then try again."
            )
            return NormalizedError("RATE_LIMITED", message, details={**details, "maximum": self.share})
        return NormalizedError(
            "UNAVAILABLE",
            "All child processes are busy with checks, previews and tests of workflows. Try again in a few seconds.",
            details=details,
        )
