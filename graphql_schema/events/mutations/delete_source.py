"""The mutation deleteSource."""

from __future__ import annotations

import strawberry

from automate.events.queries import sources_by_id
from automate.kernel.permissions import MANAGE_SOURCES
from automate.triggers.sources import delete_source
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.events.source_types import Source, source_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned


@strawberry.input
class DeleteSourceInput:
    source: str = strawberry.field(description="The source's slug.")
    expected_revision: int | None = strawberry.field(
        default=None, description="The revision that you have seen; null skips the check."
    )


@strawberry.type
class DeleteSourcePayload:
    source: Source | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class DeleteSource:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_SOURCES)],
        description="Delete a source and its secrets. Its events stay and still refer to it. Its slug becomes free.",
    )
    @refusals_in(DeleteSourcePayload)
    def delete_source(self, info: Info, input: DeleteSourceInput) -> DeleteSourcePayload:  # noqa: A002 - Relay's word
        row_id = delete_source(input.source, expected_revision=input.expected_revision)
        return planned(info, DeleteSourcePayload(source=source_of(sources_by_id([row_id])[row_id])))
