"""Charges an operation for its processor time. The charge is at least a twentieth of the operation's price."""

from __future__ import annotations

import math
import time
from contextvars import Token

from automate.kernel import effort
from automate.kernel.json_values import JsonValue
from graphql_schema.allowance import PointsAllowance
from graphql_schema.limits import DOCUMENT
from graphql_schema.prices import POINT_SECONDS


class Bill:
    """The charge of one operation. Create this object before the operation's document is parsed. Not thread-safe."""

    def __init__(self, allowance: PointsAllowance) -> None:
        """Start the bill of one operation. Raises RATE_LIMITED if the caller's balance of points is negative."""
        allowance.require(0)
        self._allowance = allowance
        self._requested = 0
        self._charged = 0
        self._seconds = 0.0

    def admit(self, requested: int, floor: int) -> None:
        """Subtract the cost ``floor``. Raises RATE_LIMITED if the caller's remaining points are below the cost ``requested``."""
        self._allowance.require(requested)
        self._requested = requested
        self._charge(floor)

    def timed(self) -> _Timed:
        """Return a context manager that measures the processor time of its block. The time is added to the bill."""
        return _Timed(self.add)

    def add(self, seconds: float) -> None:
        self._seconds += seconds

    def settle(self) -> dict[str, JsonValue]:
        """Charge the part of the actual cost that is not charged yet. Returns ``extensions.cost`` for the answer."""
        self._charge(math.ceil(self._seconds / POINT_SECONDS) - self._charged)
        account, remaining = self._allowance.tighter()
        return {
            "requested": self._requested,
            "charged": self._charged,
            "maximum": DOCUMENT.cost,
            "remaining": max(0, int(remaining)),
            "capacity": account.bucket.capacity,
            "refillPerSecond": account.bucket.per_second,
        }

    def _charge(self, points: int) -> None:
        if points > 0:
            self._charged += points
            self._allowance.spend(points)


class _Timed:
    # A class, because each request uses it twice, and a generator would take three times as long.
    __slots__ = ("_add", "_began", "_meter")

    def __init__(self, add: effort.Meter) -> None:
        self._add = add
        self._began = 0.0
        self._meter: Token[effort.Meter | None] | None = None

    def __enter__(self) -> None:
        self._began = time.thread_time()
        self._meter = effort.metered(self._add)

    def __exit__(self, *_raised: object) -> None:
        if self._meter is not None:
            effort.unmetered(self._meter)
        self._add(time.thread_time() - self._began)
