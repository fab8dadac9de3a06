"""saveSource. Secrets go in and never come out."""

from __future__ import annotations

import uuid

import strawberry

from automate.events.choices import SourceScheme
from automate.events.queries import sources_by_id
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.permissions import MANAGE_SOURCES
from automate.triggers.services import save_source
from automate.triggers.sources import trust_warnings
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.events.source_inputs import SourceIntakeInput, SourceVerificationInput
from graphql_schema.events.source_types import Source, source_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.scalars import JSON


@strawberry.input
class SaveSourceInput:
    slug: str
    scheme: SourceScheme = strawberry.field(description="The scheme by which a sender proves itself.")
    secrets: list[str] | None = strawberry.field(
        default=None, description="All that are accepted at once, newest first. Null keeps those that are there."
    )
    add_secrets: list[str] | None = strawberry.field(
        default=None, description="Accepted beside those that are there, newest first."
    )
    revoke_secrets: list[int] | None = strawberry.field(
        default=None, description="The versions of those that are accepted no more."
    )
    options: JSON | None = strawberry.field(
        default=None,
        description="What the scheme takes. Null keeps what is there, of the same scheme. The same as `verification`, with names such as timestamp_header.",
    )
    verification: SourceVerificationInput | None = strawberry.field(
        default=None, description="What the scheme takes, as a whole. Null keeps what is there, of the same scheme."
    )
    intake: SourceIntakeInput | None = strawberry.field(
        default=None, description="What it takes in, as a whole. Null keeps what is there."
    )
    enabled: bool | None = strawberry.field(
        default=None, description="Null leaves it as it is; a new source is enabled."
    )
    expected_revision: int | None = strawberry.field(
        default=None, description="The revision that you have seen; null saves over any."
    )


@strawberry.type(description="A setting that was saved and that weakens the source.")
class SourceWarning:
    message: str = strawberry.field(description="What may not work as its author thinks, and what to do.")
    path: list[str] = strawberry.field(description="Where in the input, outermost first.")


@strawberry.type
class SaveSourcePayload:
    source: Source | None = None
    warnings: list[SourceWarning] = strawberry.field(
        default_factory=list, description="Of a source that trusts unsigned headers."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class SaveSource:
    @strawberry.mutation(extensions=[Requires(MANAGE_SOURCES)], description="Make or change a source of events.")
    @refusals_in(SaveSourcePayload)
    def save_source(self, info: Info, input: SaveSourceInput) -> SaveSourcePayload:  # noqa: A002 - Relay's word
        row_id = _saved(input)
        row = sources_by_id([row_id])[row_id]
        path = ["verification", "trustUnsignedHeaders"]
        warnings = [SourceWarning(message=message, path=path) for message in trust_warnings(row.options)]
        return planned(info, SaveSourcePayload(source=source_of(row), warnings=warnings))


def _saved(given: SaveSourceInput) -> uuid.UUID:
    return save_source(
        slug=given.slug,
        scheme=given.scheme.value,
        secrets=given.secrets,
        add_secrets=given.add_secrets or (),
        revoke_secrets=given.revoke_secrets or (),
        options=_options(given),
        field="verification" if given.options is None else "options",
        intake=given.intake.stored() if given.intake is not None else None,
        enabled=given.enabled,
        expected_revision=given.expected_revision,
    )


def _options(given: SaveSourceInput) -> dict[str, Json] | None:
    options = given.options
    if not isinstance(options, dict | None):
        raise NormalizedError("BAD_USER_INPUT", "options must be a JSON object.", path=["options"])
    if given.verification is None:
        return options
    if options is not None:
        raise NormalizedError("BAD_USER_INPUT", "Give verification or options, not both.", path=["options"])
    return given.verification.options()
