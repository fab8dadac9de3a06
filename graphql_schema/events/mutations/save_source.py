"""saveSource. Secrets go in and never come out."""

from __future__ import annotations

import strawberry

from automate.events.queries import sources_by_id
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import MANAGE_SOURCES
from automate.triggers.services import save_source
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.events.types import Source, SourceScheme, source_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.scalars import JSON


@strawberry.input
class SaveSourceInput:
    slug: str
    scheme: SourceScheme
    secrets: list[str] | None = strawberry.field(
        default=None, description="All that are accepted at once, newest first. Null keeps those that are there."
    )
    options: JSON | None = strawberry.field(
        default=None, description="What the scheme takes. Null keeps what is there."
    )
    enabled: bool = True
    expected_revision: int | None = strawberry.field(
        default=None, description="The revision that you have seen; null saves over any."
    )


@strawberry.type
class SaveSourcePayload:
    source: Source | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class SaveSource:
    @strawberry.mutation(extensions=[Requires(MANAGE_SOURCES)], description="Make or change a source of events.")
    @refusals_in(SaveSourcePayload)
    def save_source(self, info: Info, input: SaveSourceInput) -> SaveSourcePayload:  # noqa: A002 - Relay's word
        options = input.options
        if not isinstance(options, dict | None):
            raise NormalizedError("BAD_USER_INPUT", "options must be a JSON object.", path=["options"])
        row_id = save_source(
            slug=input.slug,
            scheme=input.scheme.value,
            secrets=input.secrets,
            options=options,
            enabled=input.enabled,
            expected_revision=input.expected_revision,
        )
        return planned(info, SaveSourcePayload(source=source_of(sources_by_id([row_id])[row_id])))
