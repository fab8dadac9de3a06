"""Queries about retention."""

from __future__ import annotations

from typing import Annotated

import strawberry

from automate.kernel.permissions import VIEW_RETENTION
from automate.kernel.tenancy import current_tenant
from automate.retention import preview_queries
from automate.retention.queries import policies_of
from automate.retention.services import check_wanted
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.retention.inputs import RetentionDaysInput, days_of
from graphql_schema.retention.types import RetentionPolicy, RetentionPreview, policies_shown, preview_shown

Others = Annotated[
    list[RetentionDaysInput] | None,
    strawberry.argument(description="Days to try instead of the current policies. Null uses the current policies."),
]


@strawberry.type
class RetentionQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RETENTION)],
        description="For each class of the tenant's data, how long it is stored after the end of its run.",
    )
    def retention(self, info: Info) -> list[RetentionPolicy]:
        return load_selection(info, policies_shown(policies_of(current_tenant().id)))

    @strawberry.field(
        extensions=[Requires(VIEW_RETENTION)],
        description="The data that would be removed now, by the current policies or by the given ones. The query "
        "removes nothing, and refuses days that `saveRetention` refuses.",
    )
    def preview_retention(self, info: Info, policies: Others = None) -> list[RetentionPreview]:
        current, wanted = policies_of(current_tenant().id), days_of(policies or [])
        check_wanted(current, wanted)
        found = preview_queries.preview(current, wanted)
        return load_selection(info, [preview_shown(one) for one in found])
