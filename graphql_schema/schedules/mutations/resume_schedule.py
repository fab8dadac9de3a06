"""The mutation resumeSchedule."""

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
class ResumeScheduleInput:
    schedule: str = strawberry.field(description="The schedule's slug.")


@strawberry.type
class ResumeSchedulePayload:
    schedule: Schedule | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResumeSchedule:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_SCHEDULES)],
        description="Resume a schedule. It continues with its next planned tick.",
    )
    @refusals_in(ResumeSchedulePayload)
    def resume_schedule(self, info: Info, input: ResumeScheduleInput) -> ResumeSchedulePayload:  # noqa: A002 - Relay's word
        row_id = services.resume_schedule(input.schedule)
        return planned(info, ResumeSchedulePayload(schedule=schedule_of(schedules_by_id([row_id])[row_id])))
