"""The mutation replayEvent: matches a stored event again, with the current rules."""

from __future__ import annotations

import strawberry

from automate.events.queries import events_by_id
from automate.kernel.permissions import REPLAY_EVENTS
from automate.recovery.replaying import replay_event
from graphql_schema.context import Info
from graphql_schema.events.types import Event, event_of
from graphql_schema.ids import row_id_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.runs.outcomes import runs_of
from graphql_schema.runs.types import ExecutionRun


@strawberry.input
class ReplayEventInput:
    event: strawberry.ID
    idempotency_key: str | None = None


@strawberry.type
class ReplayEventPayload(Payload):
    event: Event | None = None
    runs: list[ExecutionRun] = strawberry.field(default_factory=list, description="The new runs. They are queued.")


@strawberry.type
class ReplayEvent:
    @mutation(
        REPLAY_EVENTS,
        "Match an event again with the current rules. This starts new runs, so their effects happen again.",
    )
    def replay_event(self, info: Info, input: ReplayEventInput) -> ReplayEventPayload:
        row_id = row_id_of(input.event, "Event")
        outcome = replay_event(row_id, depth=info.context.depth, idempotency_key=input.idempotency_key)
        row = events_by_id([row_id]).get(row_id) if row_id is not None else None
        return ReplayEventPayload(event=event_of(row) if row is not None else None, runs=runs_of(outcome))
