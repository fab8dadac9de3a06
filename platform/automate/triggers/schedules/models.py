"""What ticks by itself, and what became of each tick."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check
from automate.triggers.schedules.plan import CRON, KINDS
from automate.triggers.schedules.words import ALLOW, CATCH_UPS, COLLAPSE, MADE, OUTCOMES, OVERLAPS, TICK_TYPE


class Schedule(Row):
    """kind and what belongs to it: see ``Plan``. data: what each event carries. overlap: what a tick does while runs of an
    earlier one are open. catch_up, catch_up_seconds: what becomes of ticks that are late, and how late they may be.
    planned_at: the next tick's moment; null where there is none, because the schedule is paused or has ended.
    job_id: the OutboxJob that makes it; any other job about this schedule does nothing. missed: ``{count, ticks}`` of what
    was planned since the last event and made none; the next event lists it.
    """

    slug = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)
    expression = models.CharField(max_length=255, blank=True)
    timezone = models.CharField(max_length=64)
    every_seconds = models.IntegerField(default=0)
    at = models.DateTimeField(null=True)
    anchor = models.DateTimeField(null=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    event_type = models.CharField(max_length=255, default=TICK_TYPE)
    data = models.JSONField(null=True)
    overlap = models.CharField(max_length=16, default=ALLOW)
    catch_up = models.CharField(max_length=16, default=COLLAPSE)
    catch_up_seconds = models.IntegerField()
    jitter_seconds = models.IntegerField(default=0)
    planned_at = models.DateTimeField(null=True)
    job_id = models.UUIDField(null=True)
    missed = models.JSONField(default=dict)
    paused_at = models.DateTimeField(null=True)
    paused_note = models.CharField(max_length=255, blank=True)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

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


class ScheduleTick(Row):
    """What became of the planned moments since the tick before: of the last of them, and of how many others besides.

    id, event_id: equal where an event was made. by_hand: somebody asked for it, so it stands for no plan.
    missed: how many planned moments before this one made no event of their own.
    """

    schedule_id = models.UUIDField()
    planned_at = models.DateTimeField()
    outcome = models.CharField(max_length=16)
    by_hand = models.BooleanField(default=False)
    missed = models.IntegerField(default=0)
    event_id = models.UUIDField(null=True)
    at = models.DateTimeField()

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
