"""The type SavedView."""

from __future__ import annotations

import strawberry
import strawberry_django

from automate.saved_views import models
from automate.saved_views.queries import ViewRow
from automate.saved_views.services import SHARED
from graphql_schema.ids import global_id


@strawberry_django.type(models.SavedView, description="Filters and columns of a list, under a name.")
class SavedView:
    id: strawberry.ID = strawberry.field(description="The id, for deleteView.")
    page: strawberry.auto
    name: strawberry.auto
    search: strawberry.auto
    shared: bool = strawberry.field(description="Whether all members of the tenant see the view.")
    saved_by: strawberry.auto
    saved_at: strawberry.auto


def view_of(row: ViewRow) -> SavedView:
    return SavedView(
        id=strawberry.ID(global_id("SavedView", row.id)),
        page=row.page,
        name=row.name,
        search=row.search,
        shared=row.owner == SHARED,
        saved_by=row.saved_by,
        saved_at=row.saved_at,
    )
