"""The mutation saveSource. No query returns the secrets."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import SourceEntry
from automate.events.choices import SourceScheme
from automate.events.queries import sources_by_id
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.permissions import MANAGE_SOURCES
from automate.triggers.services import save_source
from automate.triggers.sources import trust_warnings
from graphql_schema.events.source_inputs import SourceIntakeInput, SourceVerificationInput
from graphql_schema.events.source_types import Source, source_of
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.shaped import ShapeInput, input_of


@input_of(SourceEntry)
class SaveSourceInput(ShapeInput):
    scheme: SourceScheme
    verification: SourceVerificationInput | None
    intake: SourceIntakeInput | None
    add_secrets: list[str] | None = strawberry.field(
        default=None, description="More secrets to accept, besides the stored ones, newest first."
    )
    revoke_secrets: list[int] | None = strawberry.field(default=None, description="The versions of secrets to remove.")
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


def _saved(input: SaveSourceInput) -> uuid.UUID:
    given = input.stored()
    options, verification = given.pop("options", None), given.pop("verification", None)
    return save_source(
        **given,
        add_secrets=input.add_secrets or (),
        revoke_secrets=input.revoke_secrets or (),
        options=_options(options, verification),
        field="verification" if options is None else "options",
        expected_revision=input.expected_revision,
    )


def _options(options: JsonValue, verification: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
    if not isinstance(options, dict | None):
        raise NormalizedError(
            "BAD_USER_INPUT",
            '`options` is not a JSON object. Send an object, such as {"timestamp_header": "X-Time"}.',
            path=["options"],
        )
    if options is not None and verification is not None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`verification` and `options` are both given, and both set the options of the scheme. Give only "
            "one of them.",
            path=["options"],
        )
    return options if verification is None else verification
