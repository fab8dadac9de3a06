"""The mutation runScheduleNow."""

from __future__ import annotations

import strawberry

from automate.events.queries import events_by_id
from automate.kernel.permissions import INGEST_EVENTS
from automate.triggers.schedules import services
from automate.triggers.schedules.queries import schedules_by_id
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.events.types import Event, event_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.schedules.types import Schedule, schedule_of


@strawberry.input
class RunScheduleNowInput:
    schedule: str = strawberry.field(description="The schedule's slug.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A request with a key that was used before returns the first event and makes no other.",
    )


@strawberry.type
class RunScheduleNowPayload:
    schedule: Schedule | None = strawberry.field(default=None, description="The schedule. Null if it was deleted.")
    event: Event | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class RunScheduleNow:
    @strawberry.mutation(
        extensions=[Requires(INGEST_EVENTS)],
        description="Make a tick at once, even if the schedule is paused or has ended, or if runs are open. The "
        "plan does not change.",
    )
    @refusals_in(RunScheduleNowPayload)
    def run_schedule_now(self, info: Info, input: RunScheduleNowInput) -> RunScheduleNowPayload:  # noqa: A002 - Relay's word
        row_id, event_id = services.run_schedule_now(input.schedule, idempotency_key=input.idempotency_key)
        row, event = schedules_by_id([row_id]).get(row_id), events_by_id([event_id]).get(event_id)
        return planned(
            info,
            RunScheduleNowPayload(
                schedule=schedule_of(row) if row is not None else None,
                event=event_of(event) if event is not None else None,
            ),
        )
