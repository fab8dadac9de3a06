"""The mutation saveSchedule."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import ScheduleEntry
from automate.kernel.permissions import EDIT_SCHEDULES
from automate.triggers.schedules.choices import ScheduleCatchUp, ScheduleOverlap
from automate.triggers.schedules.queries import schedules_by_id
from automate.triggers.schedules.services import CATCH_UP_SECONDS, NewSchedule
from automate.triggers.schedules.services import save_schedule as save
from automate.triggers.schedules.words import ALLOW, COLLAPSE, TICK_TYPE
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.scalars import JSON
from graphql_schema.schedules.inputs import PreviewScheduleInput
from graphql_schema.schedules.types import Schedule, schedule_of
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
        new = NewSchedule(
            slug=input.slug,
            name=input.name,
            plan=input.as_plan(),
            event_type=input.event_type,
            data=input.data,
            overlap=input.overlap.value,
            catch_up=input.catch_up.value,
            catch_up_seconds=input.catch_up_seconds,
            jitter_seconds=input.jitter_seconds,
        )
        row_id = save(new, expected_revision=input.expected_revision)
        return SaveSchedulePayload(schedule=schedule_of(schedules_by_id([row_id])[row_id]))
