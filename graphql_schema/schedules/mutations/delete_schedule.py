"""The mutation deleteSchedule."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import EDIT_SCHEDULES
from automate.triggers.schedules import services
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import global_id
from graphql_schema.permissions import Requires


@strawberry.input
class DeleteScheduleInput:
    schedule: str = strawberry.field(description="The schedule's slug.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The deletion is refused if the schedule has changed since. "
        "Null skips this check.",
    )


@strawberry.type
class DeleteSchedulePayload:
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the deleted schedule.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class DeleteSchedule:
    @strawberry.mutation(
        extensions=[Requires(EDIT_SCHEDULES)],
        description="Delete a schedule and its ticks. The events that it made stay, and so do their runs.",
    )
    @refusals_in(DeleteSchedulePayload)
    def delete_schedule(self, input: DeleteScheduleInput) -> DeleteSchedulePayload:  # noqa: A002 - Relay's word
        row_id = services.delete_schedule(input.schedule, expected_revision=input.expected_revision)
        return DeleteSchedulePayload(deleted_id=strawberry.ID(global_id("Schedule", row_id)))
