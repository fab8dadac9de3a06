"""What a rehearsal may cost where somebody waits for it, as in a web request: calls, time of the processor, and bytes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import MIB
from automate.runs.storable import encoded
from automate.runs.work import RunState, StepState


@dataclass(frozen=True)
class Bounds:
    """calls: of connectors, those for items of a for_each counted. under_way: of them at a time, so that the bounds are looked
    at in between. seconds: of the thread's processor. size: bytes of JSON of all that steps are given and give.
    """

    calls: float = math.inf
    under_way: int = 20
    seconds: float = math.inf
    size: float = math.inf


FOR_REQUESTS = Bounds(calls=1_000, seconds=1.0, size=4 * MIB)
"""While a thread of the web process does nothing else."""


class StoppedError(Exception):
    """A rehearsal is at one of its bounds. error: which, for people."""

    def __init__(self, error: NormalizedError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True)
class Spent:
    """calls and size: so far. left: seconds."""

    calls: int
    size: int
    left: float


class Meter:
    """What rehearsals have cost so far, one after the other. Each of its verbs raises StoppedError at the bound."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._calls = 0
        self._size = 0
        self._left = bounds.seconds
        self._until = math.inf

    @property
    def spent(self) -> Spent:
        return Spent(self._calls, self._size, self._left)

    def settle(self, spent: Spent) -> None:
        """Take over what a copy of this meter has come to, in a child."""
        self._calls, self._size, self._left = spent.calls, spent.size, spent.left

    @contextmanager
    def running(self) -> Iterator[None]:
        """The time within counts."""
        self._until = time.thread_time() + self._left
        try:
            yield
        finally:
            self._left = self._until - time.thread_time()

    def look(self) -> None:
        """To be asked before anything of the tenant's is evaluated, each of which is bounded by itself."""
        if time.thread_time() > self._until:
            raise _stopped("seconds", self.bounds.seconds, f"{self.bounds.seconds:g} s of the processor's time")

    def call(self) -> None:
        self._calls += 1
        if self._calls > self.bounds.calls:
            raise _stopped("calls", self.bounds.calls, f"{self.bounds.calls:,} calls")

    def take(self, value: Json) -> None:
        """A step was given this, or gave it."""
        if value is None or math.isinf(self.bounds.size):
            return
        self._size += len(encoded(value))
        if self._size > self.bounds.size:
            raise _stopped("bytes", self.bounds.size, f"{self.bounds.size:,} bytes of inputs and outputs")


def _stopped(bound: str, most: float, words: str) -> StoppedError:
    message = (
        f"The test was stopped after {words}, and shows what came before. Test a step of it, or on a smaller event."
    )
    return StoppedError(NormalizedError("LIMIT_EXCEEDED", message, details={"bound": bound, "maximum": most}))


@dataclass
class MeteredRun(RunState):
    """A run whose templates, conditions and outputs are paid for. Whatever evaluates one asks for the context first."""

    meter: Meter = field(default_factory=lambda: Meter(Bounds()))

    def context(self, item: Json = None) -> dict[str, Json]:
        self.meter.look()
        return super().context(item)

    def keep(self, step: StepState) -> None:
        super().keep(step)
        if not step.open:
            self.meter.take(step.output)
