# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Queries of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_TENANTS
from graphql_schema.connections import Connection, Node, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.ids import global_row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected
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
            return planned(info, plan_of(plan) if plan is not None else None)
        row_id = global_row_id_of(id, "Tenant")
        row = queries.tenants_by_id([row_id]).get(row_id) if row_id is not None else None
        return planned(info, tenant_of(row) if row is not None else None)

    @strawberry.field(
        extensions=[Requires(VIEW_TENANTS)],
        description="All plans with their budgets, sorted by weight and slug.",
    )
    def plans(self, info: Info) -> list[Plan]:
        return planned(info, [plan_of(row) for row in plan_queries.all_plans()])

    @strawberry.field(extensions=[Requires(VIEW_TENANTS)], description="The tenants, newest first.")
    def tenants(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Tenant]:
        field, space = selected(info), space_of("tenants")
        page = queries.tenants_page(slice_of(space, field.arguments))
        return planned(info, connection_of(field, space, page, tenant_of, queries.count_tenants))
