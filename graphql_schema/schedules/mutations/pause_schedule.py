"""The mutation pauseSchedule."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_SCHEDULES
from automate.triggers.schedules import services
from automate.triggers.schedules.queries import schedules_by_id
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.schedules.types import Schedule, schedule_of


@strawberry.input
class PauseScheduleInput:
    schedule: str = strawberry.field(description="The schedule's slug.")
    note: str = strawberry.field(
        default="",
        description="The reason. It is shown until the schedule is resumed. A later reason replaces the first one.",
    )


@strawberry.type
class PauseSchedulePayload:
    schedule: Schedule | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PauseSchedule:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_SCHEDULES)],
        description="Pause a schedule. Ticks that fall into the pause are not made up for later.",
    )
    @refusals_in(PauseSchedulePayload)
    def pause_schedule(self, info: Info, input: PauseScheduleInput) -> PauseSchedulePayload:  # noqa: A002 - Relay's word
        row_id = services.pause_schedule(input.schedule, input.note)
        return planned(info, PauseSchedulePayload(schedule=schedule_of(schedules_by_id([row_id])[row_id])))
