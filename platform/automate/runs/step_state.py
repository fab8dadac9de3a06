"""One attempt at a step, in a worker's memory."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypeAlias

from automate.budgets.reservations import Reservation
from automate.effects.states import NO_ITEM
from automate.effects.tries import NOTHING, came_to
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonObject, JsonValue, as_text
from automate.kernel.large import HeldJson
from automate.runs import states
from automate.workflows.flow_steps.for_each import ItemResult
from automate.workflows.parts import written

FIRST_ERRORS = 5
"""Number of item errors that the error of a for_each shows."""


SHOWN_CHARACTERS = 300
"""Maximum number of characters of an item's message in the error of a for_each."""


class HeldOutput(NamedTuple):
    """The output of a step, and the size of this output, as in the fields ``output`` and ``size`` of LatestAttempt."""

    output: HeldJson
    """May be Large."""
    size: int


StepOutcome: TypeAlias = dict[str, HeldJson]
"""The outcome of a wait: ``{output}`` or ``{error}``."""


@dataclass
class LatestAttempt:
    """The latest attempt at one step, item or compensation."""

    id: uuid.UUID
    key: str
    attempt: int
    state: str
    output: HeldJson = None
    """The output; can be Large. While the step waits: the output that it gets at its timeout, or None if the
    timeout is a failure."""
    error: JsonObject | None = None
    """``{code, message, details}``."""
    size: int = 0
    """Bytes of the output as JSON."""
    item: int = NO_ITEM
    due: float | None = None
    """A time on the monotonic clock. While ``retrying``: the start of the next attempt. While ``waiting``: the end
    of the wait."""
    until: datetime | None = None
    """``due`` as a timestamp, if the time was given as a timestamp."""
    request: HeldJson = None
    """The request in the ledger; set after the first attempt. May be Large."""
    begun: float = 0.0
    """Start of the first attempt, on the monotonic clock."""
    outcome: StepOutcome | None = None
    """The outcome of a wait, ``{output}`` or ``{error}``."""
    looks_back: bool = False
    """True if earlier events must still be searched for the wait."""
    effect_key: str = ""
    ledger: str = ""
    """The known state of its effect."""
    earlier: str = NOTHING
    """The outcome of the tries before this one, see ``effects.tries``."""
    lookups: int = 0
    """Number of lookups without an answer."""
    asking: bool = False
    """A lookup is in flight."""
    resolution: JsonObject | None = None
    """The operator's decision."""
    reserved: Reservation | None = None
    """The amounts that the call reserves from budgets, until its outcome is known."""
    request_weight: int = 0
    """Estimated bytes of memory of a large request while its call is in flight."""

    @property
    def calling(self) -> bool:
        """Whether a call or a lookup of the step is in flight."""
        return self.state == states.RUNNING or self.asking

    @property
    def open(self) -> bool:
        return self.state not in states.STEP_FINAL

    @property
    def came_to(self) -> str:
        """The outcome of the step's effect after all tries."""
        return came_to(self.earlier, self.ledger)


@dataclass(frozen=True)
class HeldBack:
    """The reason why a call must not be sent now. For example, its host is unhealthy."""

    until: float
    """Time of the next check, on the monotonic clock."""
    cause: str
    """The cause for which the run's job is parked, if the run waits for nothing else."""
    reason: str
    alone: float | None = None
    """Time of the next check if the run waits for nothing else. None means the same time as ``until``."""


@dataclass
class Items:
    """The items of a for_each that has not ended."""

    step: LatestAttempt | None = None
    """The attempt at the for_each itself. None while only results of an earlier run are loaded."""
    values: Sequence[JsonValue | bytes] = ()
    """The items, each as JSON text if the list is large."""
    parallel: int = 1
    """Maximum number of open items, including those that wait for a retry or an operator."""
    tolerated: int = 0
    """Number of items that may fail."""
    pending: deque[int] = field(default_factory=deque)
    """Indexes that have not started, in order."""
    open: dict[int, LatestAttempt] = field(default_factory=dict)
    """Attempts that are not final, by index."""
    results: dict[int, bytes] = field(default_factory=dict)
    """Outcomes of succeeded and failed items, as JSON text."""
    first_errors: list[JsonValue] = field(default_factory=list)
    """``{item, code, message}`` of the first failed items."""
    size: int = 0
    values_size: int = 0
    """``size``: bytes of the results. ``values_size``: bytes of the values."""
    succeeded: int = 0
    failed: int = 0

    def begin(self, step: LatestAttempt, values: Sequence[JsonValue | bytes], parallel: int, tolerated: int) -> None:
        """Define which items the step must process. Results that are already known are kept."""
        self.step, self.values, self.parallel, self.tolerated = step, values, parallel, tolerated
        self.pending.extend(
            index for index in range(len(values)) if index not in self.open and index not in self.results
        )
        if self.stopped:
            self.results.clear()

    @property
    def stopped(self) -> bool:
        """Whether the for_each has an error. After an error, the for_each starts no further item."""
        return self.step is not None and self.step.error is not None

    def next_up(self, now: float) -> list[tuple[int, int]]:
        """Return the items to start now, each with its attempt number."""
        if self.stopped:
            return []
        again = [
            (index, step.attempt + 1)
            for index, step in self.open.items()
            if step.state == states.RETRYING and step.due is not None and step.due <= now
        ]
        return again + [(index, 1) for index in islice(self.pending, max(0, self.parallel - len(self.open)))]

    def keep(self, step: LatestAttempt) -> None:
        if self.pending and self.pending[0] == step.item:
            self.pending.popleft()
        if step.open:
            self.open[step.item] = step
            return
        self.open.pop(step.item, None)
        step.request = None
        self.succeeded += step.state == states.SUCCEEDED
        self.failed += step.state == states.FAILED
        if not self.stopped and step.state in {states.SUCCEEDED, states.FAILED}:
            result = json_bytes(written(ItemResult(step.state, step.output, step.error)))
            self.results[step.item] = result
            self.size += len(result)
            if step.error is not None and len(self.first_errors) < FIRST_ERRORS:
                error = step.error
                shown: JsonObject = {
                    "item": step.item,
                    "code": error["code"],
                    "message": as_text(error["message"])[:SHOWN_CHARACTERS],
                }
                self.first_errors.append(shown)
