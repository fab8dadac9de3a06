"""Queries about notices."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.notices import queries
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import listed, paged
from graphql_schema.notices.types import Notice, NoticePolicy, notice_of, policy_shown
from graphql_schema.permissions import Requires


@strawberry.type
class NoticeQueries:
    @listed(VIEW_RUNS, "The notices to the tenant's people, both sent and planned, newest first.")
    def notices(self, info: Info) -> Connection[Notice]:
        return paged(info, "notices", queries.notices_page, notice_of, queries.count_notices)

    @strawberry.field(extensions=[Requires(VIEW_RUNS)], description="Which notices the tenant's people get, and how.")
    def notice_policy(self) -> NoticePolicy:
        return policy_shown(*queries.stored_policy())
