"""Tenant, as the platform sees it."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django

from graphql_schema.connections import Node
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from tenants import models
from tenants.choices import TenantState
from tenants.queries import TenantRow


@strawberry.type(description="The plan of a tenant: its limits.")
class Plan:
    slug: str


@strawberry_django.type(models.Tenant, description="One customer of the team that hosts the platform.")
class Tenant(Node):
    external_id: strawberry.auto
    slug: strawberry.auto
    name: strawberry.auto = strawberry.field(description="The name for people.")
    state: TenantState
    plan: Plan
    allowed_networks: list[str] = strawberry.field(
        description="The inside addresses that its connectors may reach. Empty: the outside alone."
    )
    created_at: strawberry.auto
    timezone: strawberry.auto
    deletes_at: datetime | None = strawberry.field(
        description="The time from which on its data is removed for good: see deleteTenant. Null where nobody has asked for that."
    )
    token: str | None = strawberry.field(
        default=None, description="Shown once, by the upsertTenants that made the tenant; null ever after."
    )


_tenant = copier(Tenant, TenantRow, "id", "state", "plan", "allowed_networks", "token")


def tenant_of(row: TenantRow, token: str | None = None) -> Tenant:
    return _tenant(
        row,
        id=strawberry.ID(global_id("Tenant", row.id)),
        state=TenantState(row.state),
        plan=Plan(slug=row.plan),
        allowed_networks=list(row.allowed_networks),
        token=token,
    )
