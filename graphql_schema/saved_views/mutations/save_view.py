"""The mutation saveView."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import SHARE_VIEWS, VIEW_RUNS
from automate.saved_views.services import MOST_VIEWS, save_view
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation
from graphql_schema.permissions import require
from graphql_schema.saved_views.types import SavedView, view_of


@strawberry.input
class SaveViewInput:
    page: str = strawberry.field(description="The list that the view belongs to, such as `runs`.")
    name: str = strawberry.field(description="The name that people see. A view with the same name is replaced.")
    search: str = strawberry.field(
        description="The filters and columns, in the form that the client writes into its URL."
    )
    shared: bool = strawberry.field(
        default=False, description="Whether all members of the tenant see the view. Sharing needs `share_views`."
    )
    only_new: bool = strawberry.field(default=False, description="True refuses to replace a view with the same name.")


@strawberry.type
class SaveViewPayload(Payload):
    view: SavedView | None = strawberry.field(
        default=None, description="The view after the change. Null if the operation was refused."
    )


@strawberry.type
class SaveView:
    @mutation(VIEW_RUNS, f"Save a view of a list for yourself or for all members: at most {MOST_VIEWS} of each.")
    def save_view(self, info: Info, input: SaveViewInput) -> SaveViewPayload:
        if input.shared:
            require(info.context.principal, SHARE_VIEWS)
        row = save_view(input.page, input.name, input.search, shared=input.shared, only_new=input.only_new)
        return SaveViewPayload(view=view_of(row))
