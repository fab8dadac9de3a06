"""The mutation deleteView."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import SHARE_VIEWS, VIEW_RUNS
from automate.kernel.transactions import in_transaction
from automate.saved_views.services import SHARED, delete_view, find_view
from graphql_schema.context import Info
from graphql_schema.ids import global_id, row_id_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.permissions import require


@strawberry.input
class DeleteViewInput:
    id: strawberry.ID = strawberry.field(description="The view's id.")


@strawberry.type
class DeleteViewPayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the deleted view.")


@strawberry.type
class DeleteView:
    @mutation(VIEW_RUNS, "Delete a view of your own. Deleting a shared view needs `share_views`.")
    def delete_view(self, info: Info, input: DeleteViewInput) -> DeleteViewPayload:
        with in_transaction():
            found = find_view(row_id_of(input.id, "SavedView"))
            if found.owner == SHARED:
                require(info.context.principal, SHARE_VIEWS)
            delete_view(found)
        return DeleteViewPayload(deleted_id=strawberry.ID(global_id("SavedView", found.id)))
