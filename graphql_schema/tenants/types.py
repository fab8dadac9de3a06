"""The types Tenant and Plan of the platform's schema."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry
import strawberry_django

from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from automate.budgets.kinds import COST
from automate.budgets.models import MILLIONTHS
from automate.budgets.settings import PlannedBudget
from automate.kernel.permissions import VIEW_TENANTS
from automate.retention.choices import DataClass
from automate.retention.classes import CLASSES
from automate.retention.settings import PlanRetentionDays
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.scalars import BigInt
from graphql_schema.shaped import output_of, shown
from graphql_schema.tenants.loaders import plans_of_tenants
from tenants import models
from tenants.choices import TenantState
from tenants.plan_queries import PlanRow
from tenants.queries import TenantRow


@output_of(PlannedBudget, "A budget that each tenant with the plan gets.")
class PlanBudget:
    metric: BudgetMetric
    window: BudgetWindow
    limit: BigInt
    action: BudgetAction
    cost_limit: Decimal | None = strawberry.field(
        description="The limit of COST in the currency; null for other metrics."
    )


@output_of(PlanRetentionDays, "How long the tenants of a plan store one class of data.")
class PlanRetention:
    data_class: DataClass


@strawberry.type(description="The price of a step or a call.")
class Price:
    uses: str = strawberry.field(description="The name of the step or call as in `uses`, such as `http.request`.")
    price: Decimal = strawberry.field(description="The price of each attempt at a step, in the currency.")


@strawberry_django.type(
    models.Plan,
    description="What tenants with this plan get: budgets, days of retention, and a weight in the queue.",
)
class Plan(Node):
    slug: strawberry.auto
    name: strawberry.auto
    weight: strawberry.auto
    budgets: list[PlanBudget]
    retention: list[PlanRetention]
    prices: list[Price]
    revision: strawberry.auto
    tenant_count: int = strawberry.field(description="The number of tenants with the plan.")
    created_at: strawberry.auto
    updated_at: strawberry.auto


@strawberry_django.type(models.Tenant, description="A tenant: one customer of the team that hosts the platform.")
class Tenant(Node):
    external_id: strawberry.auto
    slug: strawberry.auto
    name: strawberry.auto
    state: TenantState
    allowed_networks: list[str]
    created_at: strawberry.auto
    timezone: strawberry.auto
    plan_slug: strawberry.Private[str]
    deletes_at: datetime | None = strawberry.field(
        description="The time at which the tenant's data is removed permanently; see deleteTenant. Null if no "
        "deletion was requested."
    )
    token: str | None = strawberry.field(
        default=None,
        description="The tenant's first token. It is shown once, in the answer of the upsertTenants that creates "
        "the tenant. Null later.",
    )

    @planned(plans_of_tenants, VIEW_TENANTS)
    @strawberry_django.field()
    def plan(self, info: Info) -> Plan:
        return prefetched(self, info)


_tenant = copier(Tenant, TenantRow, "id", "state", "plan_slug", "allowed_networks", "token")


_plan = copier(Plan, PlanRow, "id", "budgets", "prices", "retention")


@makes(Plan)
def plan_of(row: PlanRow) -> Plan:
    return _plan(
        row,
        id=strawberry.ID(global_id("Plan", row.id)),
        budgets=[
            shown(one, cost_limit=Decimal(one.limit) / MILLIONTHS if one.metric == COST else None)
            for one in row.budgets
        ],
        retention=[shown(PlanRetentionDays(name, row.retention[name])) for name in CLASSES if name in row.retention],
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
