"""The mutation upsertTenants creates or changes tenants. If one tenant is refused, no tenant is written.

``externalId`` identifies each tenant.
"""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.mutating import Payload, mutation
from graphql_schema.tenants.types import Tenant, tenant_of
from tenants.plans import STANDARD_PLAN
from tenants.queries import tenants_by_id
from tenants.services import upsert_tenants
from tenants.specs import TenantSpec


@strawberry.input
class TenantInput:
    external_id: str = strawberry.field(description="The id that the hosting team's product gave to the tenant.")
    slug: str
    name: str = strawberry.field(description="The name that people see.")
    plan: str = strawberry.field(
        default=STANDARD_PLAN,
        description="The slug of a plan. The plan sets the budgets and the weight in the queue. See `plans`.",
    )
    allowed_networks: list[str] | None = strawberry.field(
        default=None,
        description="All internal addresses that the tenant's connectors may reach. An entry is a network such as "
        "`10.1.0.0/16`, or `host:port`, which also allows an unusual port. Workers apply the change "
        "within a second. Null keeps the stored addresses.",
    )
    owner: str | None = strawberry.field(
        default=None,
        description="The email address of the first owner. If the tenant has no owner and no open invitation of an "
        "owner, this address gets an invitation.",
    )
    timezone: str | None = strawberry.field(
        default=None,
        description="The IANA time zone of the tenant's days and months, such as `Europe/Berlin`. Budgets use it "
        "from their next window on. Null keeps the stored time zone. A new tenant has UTC.",
    )


@strawberry.input
class UpsertTenantsInput:
    tenants: list[TenantInput] = strawberry.field(description="The tenants to create or change.")


@strawberry.type
class UpsertTenantsPayload(Payload):
    tenants: list[Tenant] | None = None


@strawberry.type
class UpsertTenants:
    @mutation(MANAGE_TENANTS, "Create tenants, or change their name, plan and networks.")
    def upsert_tenants(self, input: UpsertTenantsInput) -> UpsertTenantsPayload:
        done = upsert_tenants(
            [
                TenantSpec(
                    external_id=wanted.external_id,
                    slug=wanted.slug,
                    name=wanted.name,
                    plan=wanted.plan,
                    owner=wanted.owner,
                    timezone=wanted.timezone,
                    allowed_networks=None if wanted.allowed_networks is None else tuple(wanted.allowed_networks),
                )
                for wanted in input.tenants
            ]
        )
        rows = tenants_by_id([upserted.tenant_id for upserted in done])
        tenants = [tenant_of(rows[upserted.tenant_id], upserted.token) for upserted in done]
        return UpsertTenantsPayload(tenants=tenants)
