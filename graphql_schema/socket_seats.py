"""Limits the number of open WebSockets. A process, a tenant and all unauthenticated clients have separate limits.

If too many clients wait to authenticate, the client that has waited longest is disconnected.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from django.conf import settings

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import RETRY_AFTER_SECONDS

MOST_UNNAMED = 256

Close = Callable[[NormalizedError], Awaitable[None]]


class Seat:
    """One open socket."""

    def __init__(self, close: Close) -> None:
        self.close = close
        """Closes the socket with a reason."""
        self.lane: str | None = None
        """The tenant's lane, see ``tenants.lanes``. None until the client has authenticated."""


class Seats:
    """All open sockets of a process, in one event loop."""

    def __init__(self) -> None:
        self.open = 0
        self.of_lane = Counter[str]()
        # The longest waiting socket first.
        self.unnamed: dict[Seat, None] = {}
        self._closing: set[asyncio.Future[None]] = set()

    def take(self, close: Close) -> Seat:
        """Register a new socket. Raises UNAVAILABLE if the process has the maximum number of sockets."""
        if self.open >= settings.WEB_SOCKETS:
            raise full()
        seat = Seat(close)
        self.open += 1
        self.unnamed[seat] = None
        if len(self.unnamed) > MOST_UNNAMED:
            oldest = next(iter(self.unnamed))
            del self.unnamed[oldest]
            closing = asyncio.ensure_future(oldest.close(full()))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        return seat

    def require(self, lane: str) -> None:
        """Check that the tenant may open another socket. Raises LIMIT_EXCEEDED."""
        most = settings.SOCKETS_PER_TENANT
        if self.of_lane[lane] >= most:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"This tenant has {most} open sockets, which is the maximum. Close one of them before you open another.",
                details={"maximum": most},
            )

    def name(self, seat: Seat, lane: str) -> None:
        """Count an authenticated socket for its tenant. Raises LIMIT_EXCEEDED."""
        self.require(lane)
        self.unnamed.pop(seat, None)
        seat.lane = lane
        self.of_lane[lane] += 1

    def leave(self, seat: Seat) -> None:
        self.open -= 1
        self.unnamed.pop(seat, None)
        if seat.lane is not None:
            self.of_lane[seat.lane] -= 1
            if not self.of_lane[seat.lane]:
                del self.of_lane[seat.lane]


def full() -> NormalizedError:
    return NormalizedError(
        "UNAVAILABLE",
        "This process has the maximum number of open sockets. Connect again after a short time.",
        details={"retry_after_seconds": RETRY_AFTER_SECONDS},
    )


seats = Seats()
