"""Queries about approvals."""

from __future__ import annotations

from functools import partial

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.runs.approvals import queries
from automate.runs.approvals.queries import ApprovalsFilter
from graphql_schema.approvals.filters import ApprovalFilter
from graphql_schema.approvals.types import Approval, approval_of
from graphql_schema.connections import Connection, binding_of
from graphql_schema.context import Info
from graphql_schema.listed import listed, ordered
from graphql_schema.ordering import ApprovalOrder


@strawberry.type
class ApprovalQueries:
    @listed(VIEW_RUNS, "The approvals. Without `order`, the newest step comes first.")
    def approvals(
        self, info: Info, filter: ApprovalFilter | None = None, order: ApprovalOrder | None = None
    ) -> Connection[Approval]:
        wanted = filter.rows(info.context.principal) if filter is not None else ApprovalsFilter()
        return ordered(
            info,
            "approvals",
            order,
            partial(queries.approvals_page, wanted),
            approval_of,
            partial(queries.count_approvals, wanted),
            binding_of(wanted),
        )
