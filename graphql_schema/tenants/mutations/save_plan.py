"""The mutation savePlan of the platform's schema."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from automate.budgets.planned.transitions import PlannedBudget
from automate.kernel.permissions import MANAGE_TENANTS
from automate.retention.choices import DataClass
from graphql_schema.budgets.limits import limit_of
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.retention.inputs import days_of
from graphql_schema.scalars import BigInt
from graphql_schema.tenants.types import Plan, plan_of
from tenants.plan_queries import plans_by_id
from tenants.plan_services import save_plan
from tenants.plan_specs import PlanSpec


@strawberry.input
class PlanBudgetInput:
    metric: BudgetMetric = strawberry.field(description="The metric that the budget counts.")
    window: BudgetWindow = strawberry.field(description="The window in which it counts.")
    limit: BigInt | None = strawberry.field(
        default=None,
        description="The maximum in a window; 0 allows nothing. For COST in millionths of the currency.",
    )
    cost_limit: Decimal | None = strawberry.field(
        default=None,
        description="The limit of COST in the currency, with at most six decimals, instead of `limit`.",
    )
    action: BudgetAction = strawberry.field(
        default=BudgetAction.THROTTLE, description="The action beyond the limit. EVENTS has REJECT and ALERT."
    )


@strawberry.input(description="The time for which the tenants of a plan store one class of data.")
class PlanRetentionInput:
    data_class: DataClass = strawberry.field(description="The kind of data.")
    days: int | None = strawberry.field(description="Days from the run's end; null: forever.")


@strawberry.input
class PriceInput:
    uses: str = strawberry.field(description="The name that the step uses, such as `http.request`.")
    price: Decimal = strawberry.field(description="The price in the currency, with at most six decimals.")


@strawberry.input
class SavePlanInput:
    slug: str = strawberry.field(description="The name in references. It never changes.")
    name: str | None = strawberry.field(default=None, description="The name for people; null for the slug.")
    weight: int = strawberry.field(
        default=1,
        description="The number of a tenant's jobs that are sent for each job of a tenant with weight 1, while both have jobs waiting: 1 to 100.",
    )
    budgets: list[PlanBudgetInput] = strawberry.field(
        description="All budgets of each of its tenants, at most one for each metric and window. Without CONCURRENT_RUNS, a tenant has 100 run slots."
    )
    retention: list[PlanRetentionInput] = strawberry.field(
        default_factory=list,
        description="The time for which its tenants store their data. A tenant may only shorten it. Other classes follow "
        "the settings of the platform.",
    )
    prices: list[PriceInput] = strawberry.field(
        default_factory=list,
        description="The prices of steps and calls, for budgets of COST. Unlisted ones are free.",
    )
    expected_revision: int | None = strawberry.field(
        default=None, description="The revision that you have seen; null saves over any."
    )


@strawberry.type
class SavePlanPayload:
    plan: Plan | None = strawberry.field(default=None, description="The plan. Null if it was refused.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.type
class SavePlan:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)],
        description="Create a plan, or change it for all of its tenants. Budgets change at once, and work that now fits continues. "
        "A tenant's own lower limits stay. Fewer days of retention take effect with the next sweep, within the hour.",
    )
    @refusals_in(SavePlanPayload)
    def save_plan(self, info: Info, input: SavePlanInput) -> SavePlanPayload:  # noqa: A002 - Relay's word
        budgets = [
            PlannedBudget(
                one.metric.value,
                one.window.value,
                limit_of(one.metric, one.limit, one.cost_limit, ["budgets", str(index)]),
                one.action.value,
            )
            for index, one in enumerate(input.budgets)
        ]
        prices = [(one.uses, one.price) for one in input.prices]
        retention = days_of(input.retention, "retention")
        spec = PlanSpec(input.slug, input.name, input.weight, budgets, prices, retention)
        row_id = save_plan(spec, input.expected_revision)
        return planned(info, SavePlanPayload(plan=plan_of(plans_by_id([row_id])[row_id])))
