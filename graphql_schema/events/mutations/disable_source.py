"""The mutation disableSource."""

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
class DisableSourceInput:
    source: str = strawberry.field(description="The source's slug.")
    expected_revision: int | None = strawberry.field(
        default=None, description="The revision that you have seen; null skips the check."
    )


@strawberry.type
class DisableSourcePayload:
    source: Source | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class DisableSource:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_SOURCES)],
        description="Refuse webhooks and events of a source until it is enabled again. Its URL answers like an "
        "unknown URL.",
    )
    @refusals_in(DisableSourcePayload)
    def disable_source(self, info: Info, input: DisableSourceInput) -> DisableSourcePayload:  # noqa: A002 - Relay's word
        row_id = set_enabled(input.source, enabled=False, expected_revision=input.expected_revision)
        return planned(info, DisableSourcePayload(source=source_of(sources_by_id([row_id])[row_id])))
