"""Tenant, as the platform sees it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry
import strawberry_django

from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from automate.budgets.kinds import COST
from automate.budgets.models import MILLIONTHS
from automate.retention.choices import DataClass
from automate.retention.classes import CLASSES
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.planning import planned_by, taken
from graphql_schema.scalars import BigInt
from tenants import models
from tenants.choices import TenantState
from tenants.plan_queries import PlanRow
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


@strawberry.type(description="For how long the tenants of a plan keep one class of data.")
class PlanRetention:
    data_class: DataClass = strawberry.field(description="The kind of data.")
    days: int | None = strawberry.field(description="Days from the run's end. A tenant may set fewer. Null: for ever.")


@strawberry.type(description="What a step or a call costs.")
class Price:
    uses: str = strawberry.field(description="The name that the step uses, such as `http.request`.")
    price: Decimal = strawberry.field(description="In the currency. A step costs it with each attempt.")


@strawberry_django.type(
    models.Plan,
    description="What tenants have by their contract: budgets, days of retention, and a weight in the queue.",
)
class Plan(Node):
    slug: strawberry.auto
    name: strawberry.auto = strawberry.field(description="The name for people.")
    weight: strawberry.auto
    budgets: list[PlanBudget] = strawberry.field(description="The budgets of each of its tenants.")
    retention: list[PlanRetention] = strawberry.field(
        description="For how long its tenants keep their data, where that is not the platform's default."
    )
    prices: list[Price] = strawberry.field(description="By name. What is not listed costs nothing.")
    revision: strawberry.auto
    tenant_count: int = strawberry.field(description="How many tenants have the plan.")
    created_at: strawberry.auto
    updated_at: strawberry.auto


@planned_by("graphql_schema.tenants.loaders")
@strawberry_django.type(models.Tenant, description="One customer of the team that hosts the platform.")
class Tenant(Node):
    external_id: strawberry.auto
    slug: strawberry.auto
    name: strawberry.auto = strawberry.field(description="The name for people.")
    state: TenantState
    allowed_networks: list[str] = strawberry.field(
        description="The inside addresses that its connectors may reach. Empty: the outside alone."
    )
    created_at: strawberry.auto
    timezone: strawberry.auto
    plan_slug: strawberry.Private[str]
    deletes_at: datetime | None = strawberry.field(
        description="The time from which on its data is removed for good: see deleteTenant. Null where nobody has asked for that."
    )
    token: str | None = strawberry.field(
        default=None, description="Shown once, by the upsertTenants that made the tenant; null ever after."
    )

    @strawberry.field(description="The plan, from which its budgets follow.")
    def plan(self, info: Info) -> Plan:
        return taken(self, info)


_tenant = copier(Tenant, TenantRow, "id", "state", "plan_slug", "allowed_networks", "token")


_plan = copier(Plan, PlanRow, "id", "budgets", "prices", "retention")


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
        retention=[
            PlanRetention(data_class=DataClass(name), days=row.retention[name])
            for name in CLASSES
            if name in row.retention
        ],
        prices=[Price(uses=uses, price=Decimal(price) / MILLIONTHS) for uses, price in row.prices],
    )


def tenant_of(row: TenantRow, token: str | None = None) -> Tenant:
    return _tenant(
        row,
        id=strawberry.ID(global_id("Tenant", row.id)),
        state=TenantState(row.state),
        plan_slug=row.plan,
        allowed_networks=list(row.allowed_networks),
        token=token,
    )
