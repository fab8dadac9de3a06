"""Tenant, as the platform sees it."""

from __future__ import annotations

import strawberry
import strawberry_django

from graphql_schema.connections import Node
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
        token=token,
    )
