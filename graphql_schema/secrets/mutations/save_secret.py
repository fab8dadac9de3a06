"""The mutation saveSecret: sets the hosts, connectors and workflows of a secret."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import SecretEntry
from automate.kernel.permissions import MANAGE_SECRETS
from automate.vault.services import save_secret
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.secrets.listing import one_secret
from graphql_schema.secrets.types import Secret
from graphql_schema.shaped import ShapeInput, input_of

ALLOWED = ("allowed_hosts", "allowed_connectors", "allowed_workflows")


@input_of(SecretEntry, tells_null=True)
class SecretRuleInput(ShapeInput):
    """The fields that the inputs of `saveSecret` and `setSecret` share."""

    name: str
    expected_revision: int | None = seen_revision("secret")

    def allowed(self) -> dict[str, list[str] | None]:
        """Return the lists that the input contains, such as the allowed hosts. Missing lists are left out."""
        return {field: value for field in ALLOWED if (value := getattr(self, field)) is not strawberry.UNSET}


@strawberry.input(
    description="The rule of a secret. A list that is not given stays unchanged. Null allows all, and an empty "
    "list allows nothing."
)
class SaveSecretInput(SecretRuleInput):
    pass


@strawberry.type
class SaveSecretPayload(Payload):
    secret: Secret | None = None


@strawberry.type
class SaveSecret:
    @mutation(
        MANAGE_SECRETS,
        "Set where and by what a secret may be used. Workers apply the rule from their next call on. "
        "The value does not change.",
    )
    def save_secret(self, input: SaveSecretInput) -> SaveSecretPayload:
        save_secret(name=input.name, allowed=input.allowed(), expected_revision=input.expected_revision)
        return SaveSecretPayload(secret=one_secret(input.name))
