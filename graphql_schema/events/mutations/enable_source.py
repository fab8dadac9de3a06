"""The mutation enableSource."""

from __future__ import annotations

import strawberry

from automate.events.queries import sources_by_id
from automate.kernel.permissions import MANAGE_SOURCES
from automate.triggers.sources import set_enabled
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.events.source_types import Source, source_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned


@strawberry.input
class EnableSourceInput:
    source: str = strawberry.field(description="The source's slug.")
    expected_revision: int | None = strawberry.field(
        default=None, description="The revision that you have seen; null skips the check."
    )


@strawberry.type
class EnableSourcePayload:
    source: Source | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class EnableSource:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_SOURCES)],
        description="Let a source accept events again.",
    )
    @refusals_in(EnableSourcePayload)
    def enable_source(self, info: Info, input: EnableSourceInput) -> EnableSourcePayload:  # noqa: A002 - Relay's word
        row_id = set_enabled(input.source, enabled=True, expected_revision=input.expected_revision)
        return planned(info, EnableSourcePayload(source=source_of(sources_by_id([row_id])[row_id])))
