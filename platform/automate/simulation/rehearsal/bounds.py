"""Limits the calls, processor time and bytes of a simulated run."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.large import opened
from automate.kernel.limits import MIB
from automate.runs.step_state import LatestAttempt
from automate.runs.storable import encoded
from automate.runs.work import HeldRun


@dataclass(frozen=True)
class RehearsalLimits:
    """The limits of a simulated run."""

    calls: float = math.inf
    """Calls of connectors, including calls for items of a for_each."""
    under_way: int = 20
    """Maximum number of calls in flight at a time. The limits are checked between these calls."""
    seconds: float = math.inf
    """Processor time of the thread."""
    size: float = math.inf
    """Bytes of JSON of all inputs and outputs of steps."""


FOR_REQUESTS = RehearsalLimits(calls=1_000, seconds=1.0, size=4 * MIB)
"""Bounds for a rehearsal that occupies a thread of the web process."""


class StoppedError(Exception):
    """Raised when a simulated run reaches a limit. ``error`` names the limit."""

    def __init__(self, error: NormalizedError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True)
class Spent:
    """The cost of a simulated run so far."""

    calls: int
    size: int
    left: float
    """Remaining seconds."""


class RehearsalMeter:
    """Adds up the cost of simulated runs. Each method raises StoppedError at a limit."""

    def __init__(self, bounds: RehearsalLimits) -> None:
        self.bounds = bounds
        self._calls = 0
        self._size = 0
        self._left = bounds.seconds
        self._until = math.inf

    @property
    def spent(self) -> Spent:
        return Spent(self._calls, self._size, self._left)

    def settle(self, spent: Spent) -> None:
        """Replace the totals of this meter by the totals that a child process has counted."""
        self._calls, self._size, self._left = spent.calls, spent.size, spent.left

    @contextmanager
    def running(self) -> Iterator[None]:
        self._until = time.thread_time() + self._left
        try:
            yield
        finally:
            self._left = self._until - time.thread_time()

    def check_time(self) -> None:
        """Raise StoppedError if the simulation has used more processor time than allowed."""
        if time.thread_time() > self._until:
            raise _stopped("seconds", self.bounds.seconds, f"{self.bounds.seconds:g} s of the processor's time")

    def call(self) -> None:
        """Count a call. Raises StoppedError above the maximum of calls."""
        self._calls += 1
        if self._calls > self.bounds.calls:
            raise _stopped("calls", self.bounds.calls, f"{self.bounds.calls:,} calls")

    def take(self, value: JsonValue) -> None:
        """Count the bytes of an input or output. Raises StoppedError above the maximum of bytes."""
        if value is None or math.isinf(self.bounds.size):
            return
        self._size += len(encoded(value))
        if self._size > self.bounds.size:
            raise _stopped("bytes", self.bounds.size, f"{self.bounds.size:,} bytes of inputs and outputs")


def _stopped(bound: str, most: float, words: str) -> StoppedError:
    message = f"The test was stopped after {words}; the result shows the steps before that. Test one step, or use a smaller event."
    return StoppedError(NormalizedError("LIMIT_EXCEEDED", message, details={"bound": bound, "maximum": most}))


@dataclass
class MeteredRun(HeldRun):
    """A simulated run that counts the cost of its templates, conditions and outputs."""

    meter: RehearsalMeter = field(default_factory=lambda: RehearsalMeter(RehearsalLimits()))

    def context(self, item: JsonValue = None) -> dict[str, JsonValue]:
        self.meter.check_time()
        return super().context(item)

    def keep(self, step: LatestAttempt) -> None:
        super().keep(step)
        if not step.open:
            self.meter.take(opened(step.output))
