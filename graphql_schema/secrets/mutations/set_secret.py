"""The mutation setSecret: stores a new version of a secret's value."""

from __future__ import annotations

import dataclasses

import strawberry

from automate.kernel.permissions import MANAGE_SECRETS
from automate.vault.services import set_secret
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.secrets.listing import one_secret
from graphql_schema.secrets.mutations.save_secret import ALLOWED
from graphql_schema.secrets.types import Secret


@strawberry.input(
    description="A list that is not given stays unchanged. Null allows all, and an empty list allows nothing. A "
    "new secret allows all."
)
class SetSecretInput:
    name: str = strawberry.field(
        description="The name of the secret, such as STRIPE_KEY. Steps name it as $secret:STRIPE_KEY."
    )
    value: str = strawberry.field(
        description="The value as plain text: at least 4 characters and at most 32,768 bytes. Once it is stored, "
        "only workers can read it."
    )
    allowed_hosts: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The hosts to which a call with the secret may go: api.example.com, or *.example.com for all "
        "subdomains. Each may have a :port.",
    )
    allowed_connectors: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The connectors that may use the secret, such as http.request."
    )
    allowed_workflows: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The slugs of the workflows that may use the secret."
    )
    overlap_seconds: int | None = strawberry.field(
        default=None,
        description="How long older versions can still be used as $secret:NAME@1: at most 366 days. 0: not at all. "
        "Null: until they are deleted.",
    )
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The change is refused if the secret has changed since. Null "
        "skips this check.",
    )

    def __repr__(self) -> str:
        shown = (
            f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.name != "value"
        )
        return f"SetSecretInput({', '.join(shown)})"


@strawberry.type
class SetSecretPayload:
    secret: Secret | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class SetSecret:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_SECRETS)],
        description="Store a new version of a secret's value. A missing secret is created. Workers use the new "
        "version from their next call on. Each request makes a version, even with the same value.",
    )
    @refusals_in(SetSecretPayload)
    def set_secret(self, info: Info, input: SetSecretInput) -> SetSecretPayload:  # noqa: A002 - Relay's word
        set_secret(
            name=input.name,
            value=input.value,
            allowed={field: value for field in ALLOWED if (value := getattr(input, field)) is not strawberry.UNSET},
            overlap_seconds=input.overlap_seconds,
            expected_revision=input.expected_revision,
        )
        return planned(info, SetSecretPayload(secret=one_secret(input.name)))
