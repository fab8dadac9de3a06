"""The mutation deleteSecret."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_SECRETS
from automate.runs.secret_deletion import delete_secret
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.secrets.listing import one_secret
from graphql_schema.secrets.types import Secret


@strawberry.input
class DeleteSecretInput:
    name: str = strawberry.field(
        description="The name of the secret, such as STRIPE_KEY. Steps name it as $secret:STRIPE_KEY."
    )
    version: int | None = strawberry.field(
        default=None,
        description="The number of the version to delete. If this version is the newest, the secret then resolves to the "
        "previous version. Null deletes all versions and the rule.",
    )
    force: bool = strawberry.field(
        default=False,
        description="Whether to delete the secret even if a workflow names it. The steps then fail with "
        "SECRET_UNAVAILABLE.",
    )
    expected_revision: int | None = seen_revision("secret", "deletion")


@strawberry.type
class DeleteSecretPayload(Payload):
    secret: Secret | None = strawberry.field(
        default=None, description="The secret after one version was deleted. Null if the whole secret was deleted."
    )
    deleted: bool = strawberry.field(default=False, description="Whether the secret was deleted.")


@strawberry.type
class DeleteSecret:
    @mutation(
        MANAGE_SECRETS,
        "Delete a secret, or one version of a secret. While a workflow names the secret, the "
        "deletion is refused with SECRET_IN_USE unless `force` is true.",
    )
    def delete_secret(self, input: DeleteSecretInput) -> DeleteSecretPayload:
        delete_secret(
            name=input.name, version=input.version, force=input.force, expected_revision=input.expected_revision
        )
        return DeleteSecretPayload(deleted=True, secret=one_secret(input.name))
