"""The mutation saveSchedule."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import ScheduleEntry
from automate.kernel.permissions import EDIT_SCHEDULES
from automate.triggers.schedules.choices import ScheduleCatchUp, ScheduleOverlap
from automate.triggers.schedules.services import NewSchedule, save_schedule
from graphql_schema.mutating import seen_revision
from graphql_schema.schedules.inputs import PlanInput
from graphql_schema.schedules.mutations.lifecycle import SCHEDULE
from graphql_schema.shaped import input_of


@input_of(ScheduleEntry)
class SaveScheduleInput(PlanInput):
    overlap: ScheduleOverlap
    catch_up: ScheduleCatchUp
    expected_revision: int | None = seen_revision("schedule")


def _save(given: SaveScheduleInput) -> uuid.UUID:
    settings = {name: value for name, value in given.stored().items() if name not in {"plan", "starts_at", "ends_at"}}
    new = NewSchedule(**settings, plan=given.as_plan())
    return save_schedule(new, expected_revision=given.expected_revision)


@strawberry.type
class SaveSchedule:
    save_schedule = SCHEDULE.saves(
        "save_schedule",
        SaveScheduleInput,
        _save,
        EDIT_SCHEDULES,
        "Create or change a schedule. The change takes effect at once. The intervals of a changed plan "
        "are counted from now.",
    )
