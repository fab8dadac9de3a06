"""The mutation runScheduleNow."""

from __future__ import annotations

import strawberry

from automate.events.queries import events_by_id
from automate.kernel.permissions import INGEST_EVENTS
from automate.triggers.schedules import services
from automate.triggers.schedules.queries import schedules_by_id
from graphql_schema.events.types import Event, event_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.schedules.types import Schedule, schedule_of


@strawberry.input
class RunScheduleNowInput:
    schedule: str = strawberry.field(description="The schedule's slug.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A request with a key that was used before returns the first event and makes no other.",
    )


@strawberry.type
class RunScheduleNowPayload(Payload):
    schedule: Schedule | None = strawberry.field(default=None, description="The schedule. Null if it was deleted.")
    event: Event | None = None


@strawberry.type
class RunScheduleNow:
    @mutation(
        INGEST_EVENTS,
        "Make a tick at once, even if the schedule is paused or has ended, or if runs are open. The "
        "plan does not change.",
    )
    def run_schedule_now(self, input: RunScheduleNowInput) -> RunScheduleNowPayload:
        row_id, event_id = services.run_schedule_now(input.schedule, idempotency_key=input.idempotency_key)
        row, event = schedules_by_id([row_id]).get(row_id), events_by_id([event_id]).get(event_id)
        return RunScheduleNowPayload(
            schedule=schedule_of(row) if row is not None else None,
            event=event_of(event) if event is not None else None,
        )
