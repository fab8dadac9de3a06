"""Replay an event: match it anew, with the rules that are in force now, and queue what they start."""

from __future__ import annotations

import uuid
from dataclasses import replace

from automate.audit import services as audit
from automate.events.models import MANUAL_SOURCE
from automate.events.queries import events_by_id
from automate.events.records import EventRecord
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import current_tenant
from automate.rules import matching as rules
from automate.runs.consequences import RUN_CALLED
from automate.runs.matching import rows_and_runs
from automate.runs.recovery import queries
from automate.runs.recovery.once import Outcome, once
from automate.runs.recovery.retrying import check_depth
from automate.runs.services import create_runs


def replay_event(event_id: uuid.UUID | None, *, depth: int = 0, idempotency_key: str | None = None) -> Outcome:
    """Queue the runs that the event starts under the rules of this moment. Each is a new origin: its effects happen again.

    A decision is written once for each version of the rule set: where the rules have not changed since, the first one
    stands, with the run that it started then; what a replay started is in its AuditEntry and in the logs of its runs.
    depth: of runs that led to the request. Raises NormalizedError NOT_FOUND; BAD_USER_INPUT for an event that rules never
    see; CONFLICT for one that is being matched just now, or whose payload is gone.
    """
    check_depth(depth)
    return once("replayEvent", idempotency_key, {"event": str(event_id)}, lambda: _replay(event_id, depth))


def _replay(event_id: uuid.UUID | None, depth: int) -> Outcome:
    row = events_by_id([event_id]).get(event_id) if event_id is not None else None
    if row is None:
        raise NormalizedError("NOT_FOUND", "There is no event of this id.", path=["event"])
    rule_set, (event,) = rules.read_events(current_tenant().id, [row.id])
    _check(event, derived=row.derived_from_id is not None)
    decisions = rules.decide(rule_set, replace(event, depth=max(event.depth, depth)))
    rows, runs = rows_and_runs(decisions)
    if rows:
        rules.write_decisions(rows)
    if runs:
        create_runs(runs, reason=f"replay of event {event.id}")
    started = [run.run_id for run in runs]
    changes = {
        "ruleSetVersion": (None, rule_set.version),
        "runs": (None, [str(run_id) for run_id in started]),
    }
    audit.record("event.replay", "event", event.id, event.type, changes)
    return Outcome(started)


def _check(event: EventRecord, *, derived: bool) -> None:
    if derived or event.source == MANUAL_SOURCE or event.type == RUN_CALLED:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "Rules never saw this event, for it was made for one run. Retry that run from START instead.",
            path=["event"],
        )
    if event.body is None:
        raise NormalizedError("CONFLICT", "The event's payload has been erased; send the event anew.", path=["event"])
    if queries.is_being_matched(event.id):
        raise NormalizedError(
            "CONFLICT", "The event is yet to be matched for the first time; wait until it has been.", path=["event"]
        )
