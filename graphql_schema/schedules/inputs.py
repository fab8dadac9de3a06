"""The input for the plan of a schedule."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.kernel.shapes import read
from automate.triggers.schedules.plan import MOST_JITTER_SECONDS, CronPlan, IntervalPlan, SchedulePlan, TickPlan
from graphql_schema.shaped import ShapeInput, input_of


@input_of(CronPlan)
class CronPlanInput(ShapeInput):
    pass


@input_of(IntervalPlan)
class IntervalPlanInput(ShapeInput):
    pass


@input_of(
    SchedulePlan,
    "When the schedule ticks. Give exactly one of the fields: by cron, at an interval, or once.",
    one_of=True,
)
class SchedulePlanInput(ShapeInput):
    pass


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
        return read(SchedulePlan, self.plan.stored()).between(self.starts_at, self.ends_at)
