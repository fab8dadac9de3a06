"""The mutation saveSchedule."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import ScheduleEntry
from automate.kernel.permissions import EDIT_SCHEDULES
from automate.triggers.schedules.choices import ScheduleCatchUp, ScheduleOverlap
from automate.triggers.schedules.queries import schedules_by_id
from automate.triggers.schedules.services import NewSchedule
from automate.triggers.schedules.services import save_schedule as save
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.schedules.inputs import PlanInput
from graphql_schema.schedules.types import Schedule, schedule_of
from graphql_schema.shaped import input_of


@input_of(ScheduleEntry)
class SaveScheduleInput(PlanInput):
    overlap: ScheduleOverlap
    catch_up: ScheduleCatchUp
    expected_revision: int | None = seen_revision("schedule")


@strawberry.type
class SaveSchedulePayload(Payload):
    schedule: Schedule | None = None


@strawberry.type
class SaveSchedule:
    @mutation(
        EDIT_SCHEDULES,
        "Create or change a schedule. The change takes effect at once. The intervals of a changed plan "
        "are counted from now.",
    )
    def save_schedule(self, input: SaveScheduleInput) -> SaveSchedulePayload:
        settings = {
            name: value for name, value in input.stored().items() if name not in {"plan", "starts_at", "ends_at"}
        }
        new = NewSchedule(**settings, plan=input.as_plan())
        row_id = save(new, expected_revision=input.expected_revision)
        return SaveSchedulePayload(schedule=schedule_of(schedules_by_id([row_id])[row_id]))
