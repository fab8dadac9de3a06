"""The mutation upsertTenants: idempotent by externalId, all tenants or none."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.tenants.types import Tenant, tenant_of
from tenants.plans import STANDARD_PLAN
from tenants.queries import tenants_by_id
from tenants.services import upsert_tenants
from tenants.specs import TenantSpec


@strawberry.input
class TenantInput:
    external_id: str = strawberry.field(description="The hosting team's id of the tenant.")
    slug: str
    name: str = strawberry.field(description="The name for people.")
    plan: str = strawberry.field(
        default=STANDARD_PLAN,
        description="The slug of a plan, which sets its budgets and its weight in the queue. See `plans`.",
    )
    allowed_networks: list[str] | None = strawberry.field(
        default=None,
        description="All internal addresses that its connectors may reach: networks such as `10.1.0.0/16`, or "
        "`host:port`, which also allows unusual ports. Null keeps the stored ones. Workers follow within a second.",
    )
    owner: str | None = strawberry.field(
        default=None,
        description="The address of the first owner. The address gets an invitation by mail if the tenant has no owner and no "
        "open invitation of one.",
    )
    timezone: str | None = strawberry.field(
        default=None,
        description="The IANA time zone in which the days and months of its budgets begin, such as `Europe/Berlin`. A change applies from "
        "the next window of each budget. Null keeps the stored one; a new tenant has UTC.",
    )


@strawberry.input
class UpsertTenantsInput:
    tenants: list[TenantInput] = strawberry.field(description="The tenants to create or change.")


@strawberry.type
class UpsertTenantsPayload:
    tenants: list[Tenant] | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class UpsertTenants:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)], description="Create tenants, or change their name, plan and networks."
    )
    @refusals_in(UpsertTenantsPayload)
    def upsert_tenants(self, info: Info, input: UpsertTenantsInput) -> UpsertTenantsPayload:  # noqa: A002 - Relay's word
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
        return planned(info, UpsertTenantsPayload(tenants=tenants))
