"""Replays events. A replay matches an event again, with the current rules."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from automate.audit import services as audit
from automate.events.queries import of_one_run
from automate.events.records import EventRecord
from automate.kernel.errors import NormalizedError
from automate.kernel.problems import no_such
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction
from automate.recovery import queries
from automate.recovery.once import OperationResult, once
from automate.recovery.retrying import check_depth
from automate.retention.lock_queries import keep_events
from automate.rules import matching as rules
from automate.rules.matching import RuleDecision, RuleSetVersion
from automate.rules.new_runs import NewRun
from automate.rules.windows.taking import past_windows
from automate.runs.matching import outcomes_of
from automate.runs.services import by_hand, create_runs


def replay_event(event_id: uuid.UUID | None, *, depth: int = 0, idempotency_key: str | None = None) -> OperationResult:
    """Match an event again with the current rules, and queue the runs.

    Raises NOT_FOUND for an unknown event, and BAD_USER_INPUT for an event that rules never match. Raises CONFLICT if
    the event is being matched for the first time, or if its payload is gone.
    """
    check_depth(depth)

    def act() -> OperationResult:
        if event_id is None:
            raise _unknown()
        started, refused = replay_all([event_id], depth)
        if event_id in refused:
            raise refused[event_id]
        return OperationResult(started[event_id])

    return once("replayEvent", idempotency_key, {"event": str(event_id)}, act)


@dataclass(frozen=True)
class Replays:
    """The plan for a replay of events: the decisions to write and the runs to create."""

    rule_set: RuleSetVersion
    labels: dict[uuid.UUID, str]
    """Event id -> event type, for the events that rules can match."""
    decisions: list[dict[str, object]]
    """Rows to write."""
    runs: list[NewRun]
    """Runs to create."""
    refused: dict[uuid.UUID, NormalizedError]
    """Errors of the other events."""


def replay_all(
    event_ids: Sequence[uuid.UUID], depth: int
) -> tuple[dict[uuid.UUID, list[uuid.UUID]], dict[uuid.UUID, NormalizedError]]:
    # Returns the runs of each event, and the errors of events that cannot be replayed. Requires a transaction.
    require_transaction()
    keep_events(event_ids)
    plan = plan_replays(event_ids, depth)
    rules.write_decisions(plan.rule_set, plan.labels, plan.decisions)
    if plan.runs:
        who = by_hand()
        create_runs([replace(run, reason=f"replay of event {run.event_id}", started_by=who) for run in plan.runs])
    started: dict[uuid.UUID, list[uuid.UUID]] = {event: [] for event in plan.labels}
    for run in plan.runs:
        started[run.event_id].append(run.run_id)
    version = (None, plan.rule_set.version)
    audit.record_all(
        [
            audit.entry(
                "event.replay",
                "event",
                event,
                plan.labels[event],
                {"ruleSetVersion": version, "runs": (None, [str(run_id) for run_id in made])},
            )
            for event, made in started.items()
        ]
    )
    return started, plan.refused


def plan_replays(event_ids: Sequence[uuid.UUID], depth: int) -> Replays:
    # Changes nothing. The number of statements does not depend on the number of events.
    rule_set, events, *_ = rules.read_events(current_tenant().id, event_ids)
    found = [event.id for event in events]
    refused = {event: _unknown() for event in set(event_ids).difference(found)}
    unseen, pending = of_one_run(found), queries.being_matched(found)
    labels: dict[uuid.UUID, str] = {}
    decisions: list[RuleDecision] = []
    for event in events:
        refusal = _refusal(event, unseen=event.id in unseen, pending=event.id in pending)
        if refusal is not None:
            refused[event.id] = refusal
        else:
            labels[event.id] = event.type
            decisions.extend(rules.decide(rule_set, replace(event, depth=max(event.depth, depth))))
    outcomes = past_windows(outcomes_of(decisions))
    runs = [one.run for one in outcomes if one.run]
    return Replays(rule_set, labels, [one.row() for one in outcomes], runs, refused)


def _unknown() -> NormalizedError:
    return no_such("event", "id", "events", "event")


def _refusal(event: EventRecord, *, unseen: bool, pending: bool) -> NormalizedError | None:
    if unseen:
        return NormalizedError(
            "BAD_USER_INPUT",
            "Rules never match this event, because it was created for a single run. Retry that run from START instead.",
            path=["event"],
        )
    if event.body is None:
        return NormalizedError(
            "CONFLICT",
            "The event's payload has been erased, or its retention has ended. Send the event again.",
            path=["event"],
        )
    if pending:
        return NormalizedError(
            "CONFLICT",
            "This event cannot be replayed yet, because it has not been matched with the rules. Try again later.",
            path=["event"],
        )
    return None
