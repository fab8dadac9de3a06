"""The allowed values of some columns of schedules and ticks. The GraphQL schema describes each value with its label."""

from __future__ import annotations

from django.db.models import TextChoices

from automate.triggers.schedules import words


class ScheduleOverlap(TextChoices):
    """The behaviour of a tick while earlier runs of the schedule are open."""

    ALLOW = words.ALLOW, "The tick makes its event."
    SKIP = words.SKIP, "The tick is left out."
    QUEUE = words.QUEUE, "The tick waits until the runs have ended. Ticks that fell due meanwhile follow `catchUp`."


class ScheduleCatchUp(TextChoices):
    """The treatment of several late ticks."""

    COLLAPSE = words.COLLAPSE, "One event for the latest tick, which lists the others."
    EACH = words.EACH, "One event for each tick, in order."


class ScheduleTickOutcome(TextChoices):
    """The outcome of a tick: an event, or the reason why no event was made."""

    MADE = words.MADE, "The tick made an event."
    SKIPPED = words.SKIPPED, "Runs of an earlier tick were open."
    MISSED = (
        words.MISSED,
        "The tick came too late, or its schedule was changed or paused. The next event's `missed` says which.",
    )
