# ruff: noqa: ARG002, PLR0917 - the plan reads a field's arguments from the document
"""Queries about approvals."""

from __future__ import annotations

from functools import partial

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.runs.approvals import queries
from automate.runs.approvals.queries import ApprovalsFilter
from graphql_schema.approvals.filters import ApprovalFilter
from graphql_schema.approvals.types import Approval, approval_of
from graphql_schema.connections import Connection, binding_of, connection_of
from graphql_schema.context import Info
from graphql_schema.ordering import ApprovalOrder, listing
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected


@strawberry.type
class ApprovalQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RUNS)], description="The approvals. Without `order`, the newest step comes first."
    )
    def approvals(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        filter: ApprovalFilter | None = None,
        order: ApprovalOrder | None = None,
    ) -> Connection[Approval]:
        wanted = filter.rows(info.context.principal) if filter is not None else ApprovalsFilter()
        field = selected(info)
        listed = listing("approvals", field.arguments, order, binding_of(wanted))
        page = queries.approvals_page(wanted, listed.part)
        count = partial(queries.count_approvals, wanted)
        return planned(info, connection_of(field, listed.space, page, approval_of, count, listed.seal))
