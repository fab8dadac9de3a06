"""Schedules and the outcome of each tick."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import RevisedRow, Row, check, text_beside
from automate.triggers.schedules.plan import CRON, KINDS, PLAN_COLUMNS, TickPlan
from automate.triggers.schedules.words import ALLOW, CATCH_UPS, COLLAPSE, MADE, OUTCOMES, OVERLAPS, TICK_TYPE


class Schedule(RevisedRow):
    """A schedule."""

    slug = models.CharField(
        max_length=64, unique=True, help_text="The name in URLs and references. It is unique in the tenant."
    )
    name = models.CharField(max_length=200, help_text="The name that people see.")
    kind = models.CharField(max_length=16, help_text="The kind of the plan: cron, interval or at.")
    """Determines which of the columns below are used; see ``TickPlan``."""
    expression = models.CharField(max_length=255, blank=True, help_text="The cron expression.")
    timezone = models.CharField(max_length=64, help_text="The time zone of the cron expression.")
    every_seconds = models.IntegerField(default=0, help_text="Seconds between two ticks of an interval.")
    at = models.DateTimeField(null=True, help_text="The time of the only tick.")
    anchor = models.DateTimeField(null=True, help_text="The time from which intervals are counted.")
    starts_at = models.DateTimeField(null=True, help_text="The time before which no tick comes. Null: no limit.")
    ends_at = models.DateTimeField(null=True, help_text="The time from which on no tick comes. Null: no limit.")
    event_type = models.CharField(
        max_length=255, default=TICK_TYPE, help_text="The type of the events that the schedule makes."
    )
    data = models.JSONField(null=True, help_text="The `data` in the payload of each event. Null without data.")
    written = text_beside("data")
    overlap = models.CharField(
        max_length=16, default=ALLOW, help_text="What happens at a tick while runs of an earlier tick are open."
    )
    catch_up = models.CharField(max_length=16, default=COLLAPSE, help_text="What happens if several ticks are late.")
    catch_up_seconds = models.IntegerField(
        help_text="A tick that is late by more than this many seconds is skipped and counts as missed."
    )
    jitter_seconds = models.IntegerField(
        default=0, help_text="Each tick is delayed by a random time of up to this many seconds."
    )
    planned_at = models.DateTimeField(
        null=True, help_text="The time of the next tick. Null while the schedule is paused, and after the last tick."
    )
    job_id = models.UUIDField(null=True, help_text="The OutboxJob that makes the ticks.")
    """The OutboxJob that makes the next tick. Any other job of this schedule does nothing."""
    missed = models.JSONField(default=dict, help_text="How many planned ticks since the last event made no event.")
    """``{count, ticks}``. The next event lists these ticks."""
    paused_at = models.DateTimeField(
        null=True, help_text="The time at which the schedule was paused. Null while it is not paused."
    )
    paused_note = models.CharField(max_length=255, blank=True, help_text="The reason for the pause. Null without one.")

    shown_data: str | None
    """Set by ``queries.SCHEDULES``."""

    class Meta:
        db_table = "schedule"
        constraints = [
            check("schedule_kind_known", models.Q(kind__in=KINDS)),
            check("schedule_overlap_known", models.Q(overlap__in=OVERLAPS)),
            check("schedule_catch_up_known", models.Q(catch_up__in=CATCH_UPS)),
            check("schedule_cron_is_whole", ~models.Q(kind=CRON) | ~models.Q(expression="")),
            check(
                "schedule_job_for_each_plan",
                models.Q(planned_at__isnull=True, job_id__isnull=True)
                | models.Q(planned_at__isnull=False, job_id__isnull=False, paused_at__isnull=True),
            ),
        ]

    @property
    def plan(self) -> TickPlan:
        return TickPlan(*(getattr(self, name) for name in PLAN_COLUMNS))


class ScheduleTick(Row):
    """The decision about one or more due ticks of a schedule. A row names the last of these ticks, and counts the others."""

    schedule_id = models.UUIDField(help_text="The schedule.")
    planned_at = models.DateTimeField(help_text="The time for which the tick was planned.")
    outcome = models.CharField(max_length=16, help_text="Whether the tick made an event.")
    by_hand = models.BooleanField(
        default=False, help_text="Whether a person made the tick by hand. Such a tick has no planned time."
    )
    missed = models.IntegerField(
        default=0, help_text="How many earlier planned ticks this tick stands for. They made no event."
    )
    event_id = models.UUIDField(null=True, help_text="The event.")
    at = models.DateTimeField(help_text="The time at which the schedule made or skipped the tick.")

    class Meta:
        db_table = "schedule_tick"
        indexes = [models.Index(fields=["schedule_id", "id"], name="schedule_tick_page")]
        constraints = [
            check("schedule_tick_outcome_known", models.Q(outcome__in=OUTCOMES)),
            check(
                "schedule_tick_made_event",
                models.Q(outcome=MADE, event_id__isnull=False)
                | (~models.Q(outcome=MADE) & models.Q(event_id__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["schedule_id", "planned_at"], condition=models.Q(by_hand=False), name="schedule_tick_once"
            ),
        ]
