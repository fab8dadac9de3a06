"""The input for the plan of a schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import strawberry

from automate.kernel.limits import LIMITS
from automate.triggers.schedules.plan import AT, CRON, INTERVAL, MOST_JITTER_SECONDS, UTC, TickPlan


@strawberry.input
class CronPlanInput:
    expression: str = strawberry.field(
        description="A cron expression with five fields: minute, hour, day of the month, month, and day of the "
        "week. @hourly, @daily and similar names are allowed too."
    )
    timezone: str = strawberry.field(
        default=UTC, description="The name of the time zone in the IANA database, such as Europe/Berlin."
    )


@strawberry.input
class IntervalPlanInput:
    every_seconds: int = strawberry.field(
        description=f"Seconds between two ticks: at least {LIMITS.schedule_interval_seconds}. The first interval begins at startsAt, or else "
        "when this plan is first saved."
    )


@strawberry.input(
    one_of=True,
    description="When the schedule ticks. Give exactly one of the fields: by cron, at an interval, or once.",
)
class SchedulePlanInput:
    cron: CronPlanInput | None = strawberry.field(default=strawberry.UNSET, description="By a cron expression.")
    interval: IntervalPlanInput | None = strawberry.field(default=strawberry.UNSET, description="At an interval.")
    at: datetime | None = strawberry.field(default=strawberry.UNSET, description="Once, at this time.")


@strawberry.input
class PreviewScheduleInput:
    plan: SchedulePlanInput = strawberry.field(description="When the schedule ticks.")
    starts_at: datetime | None = strawberry.field(
        default=None, description="The time before which no tick comes. It cannot be combined with `at`."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="The time from which on no tick comes. It cannot be combined with `at`."
    )
    jitter_seconds: int = strawberry.field(
        default=0,
        description=f"The largest delay of a tick, in seconds: at most {MOST_JITTER_SECONDS}. The delay of a tick is random, but does not change.",
    )

    def as_plan(self) -> TickPlan:
        plan = TickPlan(AT, starts_at=self.starts_at, ends_at=self.ends_at)
        if cron := self.plan.cron:
            return replace(plan, kind=CRON, expression=cron.expression, timezone=cron.timezone)
        if interval := self.plan.interval:
            return replace(plan, kind=INTERVAL, every_seconds=interval.every_seconds)
        return replace(plan, at=self.plan.at or None)
