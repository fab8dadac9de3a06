"""The request of a bulk operation."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from automate.events.queries import EventsFilter
from automate.kernel.errors import NormalizedError
from automate.kernel.filters import restored as of_json
from automate.kernel.filters import stored
from automate.kernel.json_values import JsonValue, as_integer, as_text
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
"""Kind -> the permission for the same operation on one item. A caller needs this permission to start the bulk
operation."""

BulkFilter = RunsFilter | EventsFilter | JobsFilter
FILTERS: Mapping[str, tuple[str, type[BulkFilter]]] = {
    RETRY: ("runs", RunsFilter),
    CANCEL: ("runs", RunsFilter),
    REPLAY: ("events", EventsFilter),
    REDRIVE: ("jobs", JobsFilter),
}
"""The filter of each kind, and its argument's name."""

_STATES: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    RETRY: (states.RUN_FINAL, (states.FAILED, states.TIMED_OUT)),
    CANCEL: (
        frozenset(states.RUN_MOVES) - states.RUN_FINAL,
        (states.PAUSED, states.QUEUED, states.RUNNING, states.WAITING),
    ),
    REDRIVE: (frozenset({DEAD}), (DEAD,)),
}
"""For each kind: the states that a filter can list, and the states of a filter without a list."""

CHUNK_ITEMS = 50
"""Items of one transaction. The transaction holds the locks of all these items, and it occupies the tenant's
queue in one worker."""
DEFAULT_RATE, DEFAULT_CEILING = 10, 1_000
ERRORS_AFTER = 20
"""The share of errors counts only after this number of processed items."""
PERCENT = 100


@dataclass(frozen=True)
class BulkRequest:
    """A bulk operation that a caller requests."""

    kind: str
    wanted: BulkFilter
    """The filter. For runs and jobs: restricted to the states that the kind allows."""
    retry: RetryRequest = field(default_factory=RetryRequest)
    """For RETRY only."""
    reason: str = ""
    rate: int = DEFAULT_RATE
    """Maximum number of items a second."""
    ceiling: int = DEFAULT_CEILING
    """Maximum number of items."""
    stop_on_error_rate: int | None = None
    """Percent."""
    depth: int = 0
    """Depth of the run that sent the request."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the parts of the request that identify the operation."""
        return {"kind": self.kind, "wanted": stored(self.wanted), "retry": self.retry.as_json()}

    def options(self) -> dict[str, JsonValue]:
        return {**self.retry.as_json(), "depth": self.depth}


def checked(request: BulkRequest) -> BulkRequest:
    """Check a request. If the filter of the request has no states, the result has the default states.

    Raises BAD_USER_INPUT or LIMIT_EXCEEDED for an invalid part of the request.
    """
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
            f"The operation {request.kind} accepts only {name} in these states: {', '.join(sorted(possible))}. Remove {', '.join(wrong)} from the filter.",
            path=[name, "states"],
        )
    return _with_states(request, tuple(sorted(set(named))))


def _with_states(request: BulkRequest, named: tuple[str, ...]) -> BulkRequest:
    wanted: object = type(request.wanted)(**{**vars(request.wanted), "states": named})
    return BulkRequest(**{**vars(request), "wanted": wanted})


def _check_between(value: int, least: int, most: int, name: str, what: str) -> None:
    if value < least:
        raise NormalizedError("BAD_USER_INPUT", f"`{name}` is {value}; the minimum is {least}.", path=[name])
    if value > most:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`{name}` is {value}; the maximum is {most} {what}.",
            details={"limit": name, "maximum": most},
            path=[name],
        )


@dataclass(frozen=True)
class ChunkPace:
    """The number of items in a chunk, and the seconds until the next chunk."""

    items: int
    seconds: float


def pace(rate: int) -> ChunkPace:
    """Return the size and interval of chunks. ``rate`` is the maximum number of items a second."""
    parts = math.ceil(rate / CHUNK_ITEMS)
    return ChunkPace(rate // parts, 1 / parts)


def restored(kind: str, values: Mapping[str, JsonValue]) -> BulkFilter:
    """Convert the JSON of a stored filter back to a filter.

    Raises UNAVAILABLE if a newer release stored the filter with a field that this release does not know. Without this
    field, the filter would select the wrong items.
    """
    made = FILTERS[kind][1]
    if unknown := sorted(values.keys() - {one.name for one in fields(made)}):
        raise NormalizedError(
            "UNAVAILABLE",
            f"The stored filter of this operation contains {', '.join(unknown)}, which only a newer release knows. Upgrade all workers.",
        )
    return of_json(made, values)


def retry_of(options: Mapping[str, JsonValue], reason: str) -> RetryRequest:
    """Return a request that retries one item."""
    to_version = as_text(options["toVersion"])
    return RetryRequest(
        begin=as_text(options["from"]),
        from_step=as_text(options["fromStep"]),
        version=as_text(options["version"]),
        to_version=uuid.UUID(to_version) if to_version != str(None) else None,
        repeat_effects=bool(options["repeatEffects"]),
        reason=reason,
        depth=as_integer(options["depth"]),
    )
