"""The GraphQL inputs that contain the plan of a schedule."""

from __future__ import annotations

from automate.configuration.shape import ScheduleEntry
from automate.kernel.shapes import read
from automate.triggers.schedules.plan import CronPlan, IntervalPlan, SchedulePlan, TickPlan
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


class PlanInput(ShapeInput):
    """The base class of inputs that contain a schedule's plan, the start of the plan, and the end of the plan."""

    def as_plan(self) -> TickPlan:
        given = self.stored()
        return read(SchedulePlan, given["plan"]).between(given.get("starts_at"), given.get("ends_at"))


@input_of(ScheduleEntry, only=("plan", "starts_at", "ends_at", "jitter_seconds"))
class PreviewScheduleInput(PlanInput):
    jitter_seconds: int
