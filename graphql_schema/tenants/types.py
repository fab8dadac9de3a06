"""Tenant, as the platform sees it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import strawberry
import strawberry_django

from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from automate.budgets.models import COST, MILLIONTHS
from graphql_schema.connections import Node
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.scalars import BigInt
from tenants import models
from tenants.choices import TenantState
from tenants.plan_queries import PlanRow, all_plans
from tenants.queries import TenantRow


@strawberry.type(description="A budget that a plan gives each of its tenants.")
class PlanBudget:
    metric: BudgetMetric = strawberry.field(description="What it counts.")
    window: BudgetWindow = strawberry.field(description="The time within which it counts.")
    limit: BigInt = strawberry.field(
        description="The most that the window allows; of COST, in millionths of the currency. A tenant may set a lower limit."
    )
    cost_limit: Decimal | None = strawberry.field(
        description="The limit of COST in the currency; null for other metrics."
    )
    action: BudgetAction = strawberry.field(description="What happens beyond the limit.")


@strawberry.type(description="What a step or a call costs.")
class Price:
    uses: str = strawberry.field(description="The name that the step uses, such as `http.request`.")
    price: Decimal = strawberry.field(description="In the currency. A step costs it with each attempt.")


@strawberry_django.type(
    models.Plan, description="What tenants have by their contract: budgets, and a weight in the queue."
)
class Plan(Node):
    slug: strawberry.auto
    name: strawberry.auto = strawberry.field(description="The name for people.")
    weight: strawberry.auto
    budgets: list[PlanBudget] = strawberry.field(description="The budgets of each of its tenants.")
    prices: list[Price] = strawberry.field(description="By name. What is not listed costs nothing.")
    revision: strawberry.auto
    tenant_count: int = strawberry.field(description="How many tenants have the plan.")
    created_at: strawberry.auto
    updated_at: strawberry.auto


@strawberry_django.type(models.Tenant, description="One customer of the team that hosts the platform.")
class Tenant(Node):
    external_id: strawberry.auto
    slug: strawberry.auto
    name: strawberry.auto = strawberry.field(description="The name for people.")
    state: TenantState
    plan: Plan = strawberry.field(description="The plan, from which its budgets follow.")
    allowed_networks: list[str] = strawberry.field(
        description="The inside addresses that its connectors may reach. Empty: the outside alone."
    )
    created_at: strawberry.auto
    timezone: strawberry.auto
    token: str | None = strawberry.field(
        default=None, description="Shown once, by the upsertTenants that made the tenant; null ever after."
    )


_tenant = copier(Tenant, TenantRow, "id", "state", "plan", "allowed_networks", "token")


_plan = copier(Plan, PlanRow, "id", "budgets", "prices")


def plan_of(row: PlanRow) -> Plan:
    return _plan(
        row,
        id=strawberry.ID(global_id("Plan", row.id)),
        budgets=[
            PlanBudget(
                metric=BudgetMetric(one.metric),
                window=BudgetWindow(one.window),
                limit=BigInt(one.limit),
                cost_limit=Decimal(one.limit) / MILLIONTHS if one.metric == COST else None,
                action=BudgetAction(one.action),
            )
            for one in row.budgets
        ],
        prices=[Price(uses=uses, price=Decimal(price) / MILLIONTHS) for uses, price in row.prices],
    )


def tenants_shown() -> Callable[..., Tenant]:
    """A function that makes a Tenant of a row and its token, if any. It reads the plans once."""
    plans = {plan.slug: plan for plan in all_plans()}
    return lambda row, token=None: tenant_of(row, plans[row.plan], token)


def tenant_of(row: TenantRow, plan: PlanRow, token: str | None = None) -> Tenant:
    return _tenant(
        row,
        id=strawberry.ID(global_id("Tenant", row.id)),
        state=TenantState(row.state),
        plan=plan_of(plan),
        allowed_networks=list(row.allowed_networks),
        token=token,
    )
