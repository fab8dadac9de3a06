"""Queries of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_TENANTS
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.ids import global_row_id_of
from graphql_schema.listed import listed, paged
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.tenants.types import Plan, Tenant, plan_of, tenant_of
from tenants import plan_queries, queries


@strawberry.type
class TenantQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_TENANTS)], description="The object with a global id. Null if it does not exist."
    )
    def node(self, info: Info, id: strawberry.ID) -> Node | None:
        if (plan_id := global_row_id_of(id, "Plan")) is not None:
            plan = plan_queries.plans_by_id([plan_id]).get(plan_id)
            return load_selection(info, plan_of(plan) if plan is not None else None)
        row_id = global_row_id_of(id, "Tenant")
        row = queries.tenants_by_id([row_id]).get(row_id) if row_id is not None else None
        return load_selection(info, tenant_of(row) if row is not None else None)

    @strawberry.field(
        extensions=[Requires(VIEW_TENANTS)],
        description="All plans with their budgets, sorted by weight and slug.",
    )
    def plans(self, info: Info) -> list[Plan]:
        return load_selection(info, [plan_of(row) for row in plan_queries.all_plans()])

    @listed(VIEW_TENANTS, "The tenants, newest first.")
    def tenants(self, info: Info) -> Connection[Tenant]:
        return paged(info, "tenants", queries.tenants_page, tenant_of, queries.count_tenants)
