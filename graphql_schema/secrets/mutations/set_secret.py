"""The mutation setSecret: stores a new version of a secret's value."""

from __future__ import annotations

import dataclasses

import strawberry

from automate.kernel.permissions import MANAGE_SECRETS
from automate.vault.services import set_secret
from graphql_schema.mutating import Payload, mutation
from graphql_schema.secrets.listing import one_secret
from graphql_schema.secrets.mutations.save_secret import SecretRuleInput
from graphql_schema.secrets.types import Secret


@strawberry.input(
    description="A list that is not given stays unchanged. Null allows all, and an empty list allows nothing. A "
    "new secret allows all."
)
class SetSecretInput(SecretRuleInput):
    value: str = strawberry.field(
        description="The value as plain text: at least 4 characters and at most 32,768 bytes. Once it is stored, "
        "only workers can read it."
    )
    overlap_seconds: int | None = strawberry.field(
        default=None,
        description="How long older versions can still be used as $secret:NAME@1: at most 366 days. 0: not at all. "
        "Null: until they are deleted.",
    )

    def __repr__(self) -> str:
        shown = (
            f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.name != "value"
        )
        return f"SetSecretInput({', '.join(shown)})"


@strawberry.type
class SetSecretPayload(Payload):
    secret: Secret | None = None


@strawberry.type
class SetSecret:
    @mutation(
        MANAGE_SECRETS,
        "Store a new version of a secret's value. A missing secret is created. Workers use the new "
        "version from their next call on. Each request makes a version, even with the same value.",
    )
    def set_secret(self, input: SetSecretInput) -> SetSecretPayload:
        set_secret(
            name=input.name,
            value=input.value,
            allowed=input.allowed(),
            overlap_seconds=input.overlap_seconds,
            expected_revision=input.expected_revision,
        )
        return SetSecretPayload(secret=one_secret(input.name))
