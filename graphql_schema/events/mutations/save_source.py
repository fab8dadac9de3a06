"""The mutation saveSource. No query returns the secrets."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import SourceEntry
from automate.events.choices import SourceScheme
from automate.events.queries import sources_by_id
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.permissions import MANAGE_SOURCES
from automate.triggers.services import save_source
from automate.triggers.sources import trust_warnings
from graphql_schema.events.source_inputs import SourceIntakeInput, SourceVerificationInput
from graphql_schema.events.source_types import Source, source_of
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.scalars import JSON
from graphql_schema.shaped import mirrors


@mirrors(SourceEntry, also=("add_secrets", "revoke_secrets"))
@strawberry.input
class SaveSourceInput:
    slug: str
    scheme: SourceScheme = strawberry.field(description="How the sender of a request is verified.")
    secrets: list[str] | None = strawberry.field(
        default=None, description="The secrets that are accepted, newest first. Null keeps the stored secrets."
    )
    add_secrets: list[str] | None = strawberry.field(
        default=None, description="More secrets to accept, besides the stored ones, newest first."
    )
    revoke_secrets: list[int] | None = strawberry.field(default=None, description="The versions of secrets to remove.")
    options: JSON | None = strawberry.field(
        default=None,
        description="The options of the scheme as a JSON object, with names such as timestamp_header. It is another "
        "form of `verification`. Null keeps the stored options of the same scheme.",
    )
    verification: SourceVerificationInput | None = strawberry.field(
        default=None,
        description="The options of the scheme. They replace all stored options. Null keeps the stored options of "
        "the same scheme.",
    )
    intake: SourceIntakeInput | None = strawberry.field(
        default=None,
        description="The limits of the source, and where it reads values of an event. They replace all stored "
        "settings. Null keeps the stored settings.",
    )
    enabled: bool | None = strawberry.field(
        default=None,
        description="Whether the source accepts events. Null keeps the stored value. A new source is enabled.",
    )
    expected_revision: int | None = seen_revision("source")


@strawberry.type(description="A warning about a saved setting that makes the source less safe.")
class SourceWarning:
    message: str = strawberry.field(description="What the risk is, and what to do about it.")
    path: list[str] = strawberry.field(description="The path in the input, outermost part first.")


@strawberry.type
class SaveSourcePayload(Payload):
    source: Source | None = None
    warnings: list[SourceWarning] = strawberry.field(
        default_factory=list, description="The warning for a source that trusts unsigned headers."
    )


@strawberry.type
class SaveSource:
    @mutation(MANAGE_SOURCES, "Create or change a source of events.")
    def save_source(self, input: SaveSourceInput) -> SaveSourcePayload:
        row_id = _saved(input)
        row = sources_by_id([row_id])[row_id]
        path = ["verification", "trustUnsignedHeaders"]
        warnings = [SourceWarning(message=message, path=path) for message in trust_warnings(row.options)]
        return SaveSourcePayload(source=source_of(row), warnings=warnings)


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
        raise NormalizedError(
            "BAD_USER_INPUT",
            '`options` is no JSON object. Send an object, such as {"timestamp_header": "X-Time"}.',
            path=["options"],
        )
    if given.verification is None:
        return options
    if options is not None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`verification` and `options` are both given, and both set the options of the scheme. Give only "
            "one of them.",
            path=["options"],
        )
    return given.verification.stored()
