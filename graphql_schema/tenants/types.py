"""Tenant, as the platform sees it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.connections import Node
from graphql_schema.ids import global_id
from tenants.queries import TenantRow


@strawberry.enum
class TenantState(Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


@strawberry.type
class Plan:
    slug: str


@strawberry.type(description="One customer of the team that hosts the platform.")
class Tenant(Node):
    external_id: str = strawberry.field(description="What the hosting team calls it.")
    slug: str
    name: str
    state: TenantState
    plan: Plan
    allowed_networks: list[str] = strawberry.field(
        description="The inside addresses that its connectors may reach. Empty: the outside alone."
    )
    created_at: datetime
    timezone: str = strawberry.field(description="Where the days and months of its budgets begin, as IANA names it.")
    token: str | None = strawberry.field(
        default=None, description="Shown once, by the upsertTenants that made the tenant; null ever after."
    )


def tenant_of(row: TenantRow, token: str | None = None) -> Tenant:
    return Tenant(
        id=strawberry.ID(global_id("Tenant", row.id)),
        external_id=row.external_id,
        slug=row.slug,
        name=row.name,
        state=TenantState(row.state),
        plan=Plan(slug=row.plan),
        allowed_networks=list(row.allowed_networks),
        created_at=row.created_at,
        timezone=row.timezone,
        token=token,
    )
