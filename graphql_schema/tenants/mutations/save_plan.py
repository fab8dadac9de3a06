"""The mutation savePlan of the platform's schema."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from automate.budgets.settings import PlanBudgetSettings, check_budgets
from automate.kernel.permissions import MANAGE_TENANTS
from automate.kernel.shapes import read
from graphql_schema.budgets.inputs import PlanBudgetInput
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.retention.inputs import PlanRetentionInput, days_of
from graphql_schema.tenants.types import Plan, plan_of
from tenants.plan_queries import plans_by_id
from tenants.plan_services import save_plan
from tenants.plan_specs import PlanSpec


@strawberry.input
class PriceInput:
    uses: str = strawberry.field(description="The name of the step or call as in `uses`, such as `http.request`.")
    price: Decimal = strawberry.field(description="The price in the currency, with at most six decimals.")


@strawberry.input
class SavePlanInput:
    slug: str = strawberry.field(description="The name of the plan in references. It never changes.")
    name: str | None = strawberry.field(default=None, description="The name that people see. Null takes the slug.")
    weight: int = strawberry.field(
        default=1,
        description="The weight of the plan's tenants in the queue: 1 to 100. While tenants wait, a tenant with "
        "weight 3 gets three jobs sent for each job of a tenant with weight 1.",
    )
    budgets: list[PlanBudgetInput] = strawberry.field(
        description="All budgets of each tenant with the plan, at most one for each metric and window. Without "
        "CONCURRENT_RUNS, a tenant has 100 run slots."
    )
    retention: list[PlanRetentionInput] = strawberry.field(
        default_factory=list,
        description="How long tenants with the plan store their data. A tenant may only shorten this. Classes that "
        "are not named follow the settings of the platform.",
    )
    prices: list[PriceInput] = strawberry.field(
        default_factory=list,
        description="The prices of steps and calls, which count towards budgets of COST. Unlisted ones are free.",
    )
    expected_revision: int | None = seen_revision("plan")


@strawberry.type
class SavePlanPayload(Payload):
    plan: Plan | None = strawberry.field(
        default=None, description="The plan after the change. Null if the change was refused."
    )


@strawberry.type
class SavePlan:
    @mutation(
        MANAGE_TENANTS,
        "Create a plan, or change it for all of its tenants. Budgets change at once, and held work that "
        "now fits continues. A lower limit that a tenant has set stays. Data that is too old under a "
        "shorter retention is removed within the hour.",
    )
    def save_plan(self, input: SavePlanInput) -> SavePlanPayload:
        wanted = [read(PlanBudgetSettings, one.stored()) for one in input.budgets]
        check_budgets(*wanted, path=("budgets",))
        budgets = [one.planned for one in wanted]
        prices = [(one.uses, one.price) for one in input.prices]
        retention = days_of(input.retention, "retention")
        spec = PlanSpec(input.slug, input.name, input.weight, budgets, prices, retention)
        row_id = save_plan(spec, input.expected_revision)
        return SavePlanPayload(plan=plan_of(plans_by_id([row_id])[row_id]))
