"""What a bulk operation is asked to do, how that is stored, and at which pace it goes."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automate.events.queries import EventsFilter
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.filters import restored as of_json
from automate.kernel.filters import stored
from automate.kernel.limits import LIMITS
from automate.kernel.permissions import CONTROL_RUNS, REDRIVE_JOBS, REPLAY_EVENTS, RETRY_RUNS
from automate.kernel.strict_json import check_value
from automate.kernel.text import check_text
from automate.outbox.queries import JobsFilter
from automate.outbox.states import DEAD
from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import check_request
from automate.runs import states
from automate.runs.queries import RunsFilter

RETRY, CANCEL, REPLAY, REDRIVE = "RETRY", "CANCEL", "REPLAY", "REDRIVE"
PERMISSIONS: Mapping[str, str] = {
    RETRY: RETRY_RUNS,
    CANCEL: CONTROL_RUNS,
    REPLAY: REPLAY_EVENTS,
    REDRIVE: REDRIVE_JOBS,
}
"""The verb of each kind, by who may do it to one item."""

Wanted = RunsFilter | EventsFilter | JobsFilter
FILTERS: Mapping[str, tuple[str, type[Wanted]]] = {
    RETRY: ("runs", RunsFilter),
    CANCEL: ("runs", RunsFilter),
    REPLAY: ("events", EventsFilter),
    REDRIVE: ("jobs", JobsFilter),
}
"""What each kind takes, and under which name."""

_STATES: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    RETRY: (states.RUN_FINAL, (states.FAILED, states.TIMED_OUT)),
    CANCEL: (
        frozenset(states.RUN_MOVES) - states.RUN_FINAL,
        (states.PAUSED, states.QUEUED, states.RUNNING, states.WAITING),
    ),
    REDRIVE: (frozenset({DEAD}), (DEAD,)),
}
"""The states that a filter may name, and those that it stands for where it names none."""

CHUNK_ITEMS = 50
"""What is done in one transaction: it holds the locks of all its items, and its tenant's lane in one worker."""
DEFAULT_RATE, DEFAULT_CEILING = 10, 1_000
ERRORS_AFTER = 20
"""Items that have to have been tried before their share of errors counts."""
PERCENT = 100


@dataclass(frozen=True)
class BulkRequest:
    """wanted: which items; for runs and jobs, of the states that the kind takes. retry: for RETRY alone. rate: items a
    second, at most. ceiling: how many there may be. stop_on_error_rate: percent. depth: of runs that led to the request.
    """

    kind: str
    wanted: Wanted
    retry: RetryRequest = field(default_factory=RetryRequest)
    reason: str = ""
    rate: int = DEFAULT_RATE
    ceiling: int = DEFAULT_CEILING
    stop_on_error_rate: int | None = None
    depth: int = 0

    def as_json(self) -> dict[str, Json]:
        """What decides what is done, and to what."""
        return {"kind": self.kind, "wanted": stored(self.wanted), "retry": self.retry.as_json()}

    def options(self) -> dict[str, Json]:
        return {**self.retry.as_json(), "depth": self.depth}


def checked(request: BulkRequest) -> BulkRequest:
    """The request with the states that it stands for. Raises NormalizedError."""
    name = FILTERS[request.kind][0]
    check_value(stored(request.wanted), max_bytes=LIMITS.workflow_bytes)
    check_text(request.reason, path=["reason"], least=0, most=LIMITS.text_characters)
    _check_between(request.rate, 1, LIMITS.bulk_rate, "rate", "items a second")
    _check_between(request.ceiling, 1, LIMITS.bulk_items, "ceiling", "items")
    if request.stop_on_error_rate is not None:
        _check_between(request.stop_on_error_rate, 0, PERCENT, "stopOnErrorRate", "percent")
    check_request(request.retry, runs=0)
    if request.kind not in _STATES or isinstance(request.wanted, EventsFilter):
        return request
    possible, usual = _STATES[request.kind]
    named = request.wanted.states
    if named is None:
        return _with_states(request, usual)
    if wrong := sorted(set(named) - possible):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"{request.kind} is for {name} that are {', '.join(sorted(possible))}; leave {', '.join(wrong)} out.",
            path=[name, "states"],
        )
    return _with_states(request, tuple(sorted(set(named))))


def _with_states(request: BulkRequest, named: tuple[str, ...]) -> BulkRequest:
    wanted: Any = type(request.wanted)(**{**vars(request.wanted), "states": named})
    return BulkRequest(**{**vars(request), "wanted": wanted})


def _check_between(value: int, least: int, most: int, name: str, what: str) -> None:
    if value < least:
        raise NormalizedError("BAD_USER_INPUT", f"{name} must be at least {least}; it is {value}.", path=[name])
    if value > most:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"{name} is {value}; at most {most} {what} are taken.",
            details={"limit": name, "maximum": most},
            path=[name],
        )


@dataclass(frozen=True)
class Pace:
    """How many items at once, and how long the next ones wait from there."""

    items: int
    seconds: float


def pace(rate: int) -> Pace:
    """So that no second, wherever it begins, has more than rate items."""
    parts = math.ceil(rate / CHUNK_ITEMS)
    return Pace(rate // parts, 1 / parts)


def restored(kind: str, values: Mapping[str, Json]) -> Wanted:
    """The filter that ``stored`` made JSON of."""
    return of_json(FILTERS[kind][1], values)


def retry_of(options: Mapping[str, Json], reason: str) -> RetryRequest:
    """The retry of each item."""
    return RetryRequest(
        begin=options["from"],
        from_step=options["fromStep"],
        version=options["version"],
        to_version=uuid.UUID(options["toVersion"]) if options["toVersion"] != str(None) else None,
        repeat_effects=options["repeatEffects"],
        reason=reason,
        depth=options["depth"],
    )
