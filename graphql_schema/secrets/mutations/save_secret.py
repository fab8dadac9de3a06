"""The mutation saveSecret: set to which hosts a secret may be sent, and which connectors and workflows may use it."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import SecretEntry
from automate.kernel.permissions import MANAGE_SECRETS
from automate.vault.services import save_secret
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.secrets.listing import one_secret
from graphql_schema.secrets.types import Secret
from graphql_schema.shaped import mirrors

ALLOWED = ("allowed_hosts", "allowed_connectors", "allowed_workflows")


@mirrors(SecretEntry)
@strawberry.input(
    description="The rule of a secret. A list that is not given stays unchanged. Null allows all, and an empty "
    "list allows nothing."
)
class SaveSecretInput:
    name: str = strawberry.field(
        description="The name of the secret, such as STRIPE_KEY. Steps name it as $secret:STRIPE_KEY."
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
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The change is refused if the secret has changed since. Null "
        "skips this check.",
    )


@strawberry.type
class SaveSecretPayload:
    secret: Secret | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class SaveSecret:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_SECRETS)],
        description="Set where and by what a secret may be used. Workers apply the rule from their next call on. "
        "The value does not change.",
    )
    @refusals_in(SaveSecretPayload)
    def save_secret(self, info: Info, input: SaveSecretInput) -> SaveSecretPayload:  # noqa: A002 - Relay's word
        given = {field: value for field in ALLOWED if (value := getattr(input, field)) is not strawberry.UNSET}
        save_secret(name=input.name, allowed=given, expected_revision=input.expected_revision)
        return planned(info, SaveSecretPayload(secret=one_secret(input.name)))
