"""The outbox topic for the jobs that create the events of due schedules."""

from __future__ import annotations

from automate.outbox.registry import Topic
from automate.triggers.schedules.ticks import SCHEDULE_TICK, tick_schedules

TOPICS = (
    Topic(SCHEDULE_TICK, "Schedule", "Create the event of a due schedule.", tick_schedules, waits_after_restore=True),
)
