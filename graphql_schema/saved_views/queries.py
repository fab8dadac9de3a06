"""Root fields about saved views."""

from __future__ import annotations

from typing import Annotated

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.saved_views.queries import views_of
from automate.saved_views.services import MOST_VIEWS, owner_of
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.saved_views.types import SavedView, view_of


@strawberry.type
class SavedViewQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RUNS)],
        description=f"The shared views, then the caller's own, each sorted by name: at most {MOST_VIEWS} of each.",
    )
    def saved_views(
        self,
        info: Info,
        page: Annotated[
            str | None,
            strawberry.argument(description="The list that the views belong to, such as `runs`. Null: all lists."),
        ] = None,
    ) -> list[SavedView]:
        return load_selection(info, [view_of(row) for row in views_of(owner_of(info.context.principal), page)])
