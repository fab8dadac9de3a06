"""The mutations pauseSchedule, resumeSchedule and deleteSchedule."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import EDIT_SCHEDULES, PAUSE_SCHEDULES
from automate.triggers.schedules import services
from automate.triggers.schedules.queries import schedules_by_id
from graphql_schema.connections import found_by
from graphql_schema.mutating import Family, Value
from graphql_schema.schedules.types import Schedule, schedule_of

SCHEDULE = Family("schedule", Schedule, found_by(schedules_by_id, schedule_of))


@strawberry.type
class ScheduleLifecycle:
    pause_schedule = SCHEDULE.changes(
        "pause_schedule",
        services.pause_schedule,
        PAUSE_SCHEDULES,
        "Pause a schedule. Ticks that fall into the pause are not made up for later.",
        note=Value(
            str,
            "The reason. It is shown until the schedule is resumed. A later reason replaces the first one.",
            "",
        ),
    )
    resume_schedule = SCHEDULE.changes(
        "resume_schedule",
        services.resume_schedule,
        PAUSE_SCHEDULES,
        "Resume a schedule. It continues with its next planned tick.",
    )
    delete_schedule = SCHEDULE.deletes(
        "delete_schedule",
        services.delete_schedule,
        EDIT_SCHEDULES,
        "Delete a schedule and its ticks. The events that it made stay, and so do their runs.",
    )
