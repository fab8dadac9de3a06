"""Starts and aborts backtests of rules. Workers evaluate the rules."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from automate.audit import services as audit
from automate.events.queries import EventsFilter
from automate.kernel.errors import NormalizedError
from automate.kernel.filters import stored
from automate.kernel.ids import ids_around, new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.problems import no_such
from automate.kernel.queries import database_now
from automate.kernel.strict_json import check_value
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.trace import current_trace
from automate.kernel.transactions import after_commit
from automate.outbox import claims, progress
from automate.outbox.jobs import ClaimedJob
from automate.outbox.wakeups import wake_relay
from automate.recovery.once import OperationResult, once
from automate.rules.backtests import chunks, queries, transitions
from automate.rules.backtests.states import ABORTED, MOVES, RUNNING
from automate.rules.queries import rule_by_slug
from automate.rules.services import checked_warnings
from automate.runs.named_queries import is_there, not_there
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall

RULE_BACKTEST = "rule.backtest"
"""The topic of its jobs."""

DEFAULT_EVENTS = 100_000
MAX_ATTEMPTS = 5
"""Number of workers that may be lost over a chunk."""
_LOWEST = uuid.UUID(int=0)


@dataclass(frozen=True)
class BacktestRequest:
    """A caller's request for a new backtest."""

    rule: str | None
    """The slug of an existing rule; None for a new one."""
    when: JsonValue
    """The draft of the condition; None for the rule's own."""
    events: EventsFilter = field(default_factory=EventsFilter)
    most: int = DEFAULT_EVENTS
    """Number of events to test, newest first."""

    def as_json(self) -> dict[str, JsonValue]:
        return {"rule": self.rule, "when": self.when, "events": stored(self.events), "most": self.most}


def start_backtest(request: BacktestRequest, idempotency_key: str | None = None) -> uuid.UUID:
    """Start a backtest over the events that exist now, and return the id of the backtest.

    Raises INVALID_RULE for a condition that cannot be saved, and NOT_FOUND for an unknown rule or source. Raises
    BAD_USER_INPUT if neither a rule nor a condition is given. Raises LIMIT_EXCEEDED for too many events or running
    backtests.
    """
    _check(request)
    return once("backtestRule", idempotency_key, request.as_json(), partial(_start, request)).run_ids[0]


def abort_backtest(backtest_id: uuid.UUID | None, reason: str) -> uuid.UUID:
    """Abort a backtest. Its results so far are kept.

    Raises NOT_FOUND for an unknown backtest, and CONFLICT for a backtest that has finished or failed.
    """
    check_text(reason, path=["reason"], least=0, most=LIMITS.text_characters)
    return once("abortBacktest", None, None, partial(_abort, backtest_id, reason)).run_ids[0]


def advance_backtests(run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    # Returns an empty list, because backtests call no connectors.
    for job in jobs:
        chunks.advance(job, run_set.lease.seconds)
        progress.publish(job.subject_id)
    wake_relay()
    return []


def _check(request: BacktestRequest) -> None:
    if request.rule is None and request.when is None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "The backtest has no rule and no condition. Pass `rule`, or a condition as `when`. Pass both to compare them.",
            path=["when"],
        )
    if request.when is not None:
        checked_warnings(request.when)
    check_value(stored(request.events), max_bytes=LIMITS.workflow_bytes)
    if request.most < 1:
        raise NormalizedError("BAD_USER_INPUT", f"`most` is {request.most}; the minimum is 1.", path=["most"])
    if request.most > LIMITS.backtest_events:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`most` is {request.most}; the maximum is {LIMITS.backtest_events} events.",
            details={"limit": "backtest_events", "maximum": LIMITS.backtest_events},
            path=["most"],
        )


def _start(request: BacktestRequest) -> OperationResult:
    rule = None
    if request.rule is not None:
        rule = rule_by_slug(request.rule)
        if rule is None:
            raise NormalizedError("NOT_FOUND", f"There is no rule {request.rule!r}. Check the slug.", path=["rule"])
    wanted = request.events
    if wanted.source is not None and not is_there("source", wanted.source):
        raise not_there("source", wanted.source, "events")
    if queries.count_running() >= LIMITS.backtests_running:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"{LIMITS.backtests_running} backtests are running, which is the maximum for a tenant. Wait until one has ended, or "
            "abort one.",
            details={"limit": "backtests_running", "maximum": LIMITS.backtests_running},
        )
    transitions.prune()
    backtest_id, trace_id, now = new_id(), current_trace().trace_id, database_now()
    until = now if wanted.until is None else min(now, wanted.until)
    transitions.insert(
        {
            "id": backtest_id,
            "rule_id": rule.id if rule is not None else None,
            "when": request.when if rule is None or request.when is not None else rule.when,
            "live_when": rule.when if rule is not None else None,
            "wanted": stored(EventsFilter(**{**vars(wanted), "until": until})),
            "most": request.most,
            "floor_id": ids_around(wanted.since)[0] if wanted.since is not None else _LOWEST,
            "cursor_id": ids_around(until)[1],
            "started_by": current_principal().name,
            "trace_id": trace_id,
        }
    )
    jobs = [(backtest_id, backtest_id, trace_id)]
    claims.enqueue(current_tenant().id, RULE_BACKTEST, jobs, max_attempts=MAX_ATTEMPTS)
    changes: dict[str, tuple[JsonValue, JsonValue]] = {name: (None, value) for name, value in request.as_json().items()}
    audit.record("backtest.start", "backtest", backtest_id, request.rule or "", changes)
    return OperationResult([backtest_id])


def _abort(backtest_id: uuid.UUID | None, reason: str) -> OperationResult:
    row = transitions.lock(backtest_id) if backtest_id is not None else None
    if row is None:
        raise no_such("backtest", "id", "backtests", "backtest")
    if row.state == ABORTED:
        return OperationResult([row.id])
    if ABORTED not in MOVES[row.state]:
        raise NormalizedError(
            "CONFLICT",
            f"The backtest has already {row.state}, so it cannot be aborted.",
            details={"state": row.state},
            path=["backtest"],
        )
    transitions.move([row.id], ABORTED)
    changes: dict[str, tuple[JsonValue, JsonValue]] = {
        "state": (RUNNING, ABORTED),
        "reason": (None, reason),
        "tested": (None, row.tested),
    }
    audit.record("backtest.abort", "backtest", row.id, "", changes)
    after_commit(partial(progress.publish, row.id))
    return OperationResult([row.id])
