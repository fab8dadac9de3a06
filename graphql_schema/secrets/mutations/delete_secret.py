"""The mutation deleteSecret."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_SECRETS
from automate.runs.secret_deletion import delete_secret
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.secrets.listing import one_secret
from graphql_schema.secrets.types import Secret


@strawberry.input
class DeleteSecretInput:
    name: str = strawberry.field(description="The name, as after $secret:, such as STRIPE_KEY.")
    version: int | None = strawberry.field(
        default=None,
        description="Delete only this version. Null: all versions and the rule. Without its newest version a secret resolves "
        "to the previous one.",
    )
    force: bool = strawberry.field(
        default=False,
        description="Delete the secret even if a workflow names it. Its steps then fail with SECRET_UNAVAILABLE.",
    )
    expected_revision: int | None = strawberry.field(
        default=None, description="The revision that you have seen; null deletes any."
    )


@strawberry.type
class DeleteSecretPayload:
    secret: Secret | None = strawberry.field(
        default=None, description="The secret without the deleted version. Null if the whole secret is deleted."
    )
    deleted: bool = strawberry.field(default=False, description="Whether the secret was deleted.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class DeleteSecret:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_SECRETS)],
        description="Delete a secret, or one version of it. Refused with SECRET_IN_USE while a workflow names it, unless forced.",
    )
    @refusals_in(DeleteSecretPayload)
    def delete_secret(self, info: Info, input: DeleteSecretInput) -> DeleteSecretPayload:  # noqa: A002 - Relay's word
        delete_secret(
            name=input.name, version=input.version, force=input.force, expected_revision=input.expected_revision
        )
        return planned(info, DeleteSecretPayload(deleted=True, secret=one_secret(input.name)))
