"""The mutation saveSchedule."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import ScheduleEntry
from automate.kernel.permissions import EDIT_SCHEDULES
from automate.triggers.schedules.choices import ScheduleCatchUp, ScheduleOverlap
from automate.triggers.schedules.services import CATCH_UP_SECONDS, NewSchedule, save_schedule
from automate.triggers.schedules.words import ALLOW, COLLAPSE, TICK_TYPE
from graphql_schema.json_text import json_of
from graphql_schema.mutating import seen_revision
from graphql_schema.scalars import JSON
from graphql_schema.schedules.inputs import PreviewScheduleInput
from graphql_schema.schedules.mutations.lifecycle import SCHEDULE
from graphql_schema.shaped import mirrors


@mirrors(ScheduleEntry)
@strawberry.input
class SaveScheduleInput(PreviewScheduleInput):
    slug: str
    name: str = strawberry.field(description="The name that people see.")
    event_type: str = strawberry.field(
        default=TICK_TYPE,
        description="The type of the events that the schedule makes. The slug of the schedule is their subject.",
    )
    data: JSON | None = strawberry.field(default=None, description="The `payload.data` of each event.")
    overlap: ScheduleOverlap = strawberry.field(
        default=ScheduleOverlap(ALLOW), description="What happens at a tick while runs of an earlier tick are open."
    )
    catch_up: ScheduleCatchUp = strawberry.field(
        default=ScheduleCatchUp(COLLAPSE), description="What happens if several ticks are late."
    )
    catch_up_seconds: int = strawberry.field(
        default=CATCH_UP_SECONDS,
        description="A tick that is late by more than this many seconds is skipped and counts as missed.",
    )
    expected_revision: int | None = seen_revision("schedule")


def _save(given: SaveScheduleInput) -> uuid.UUID:
    new = NewSchedule(
        slug=given.slug,
        name=given.name,
        plan=given.as_plan(),
        event_type=given.event_type,
        data=json_of(given.data),
        overlap=given.overlap.value,
        catch_up=given.catch_up.value,
        catch_up_seconds=given.catch_up_seconds,
        jitter_seconds=given.jitter_seconds,
    )
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
