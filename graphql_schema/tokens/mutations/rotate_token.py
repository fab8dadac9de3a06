"""The mutation rotateToken."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.kernel.permissions import MANAGE_TOKENS
from automate.kernel.tenancy import current_tenant
from graphql_schema.context import Info
from graphql_schema.mutating import mutation
from graphql_schema.tokens.mutations.revoke_token import token_id_of
from graphql_schema.tokens.types import NewTokenPayload, token_shown
from tenants.api_tokens import rotate_token
from tenants.token_queries import token_of


@strawberry.input
class RotateTokenInput:
    token: strawberry.ID
    overlap_seconds: int = strawberry.field(
        description="For how many seconds the old token is still accepted: 0 to 2,592,000 (30 days)."
    )
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="The time at which the new token expires. Null: it is valid for as long as the old token was.",
    )


@strawberry.type
class RotateTokenPayload(NewTokenPayload):
    pass


@strawberry.type
class RotateToken:
    @mutation(MANAGE_TOKENS, "Replace a token by a new one with the same name and rights.")
    def rotate_token(self, info: Info, input: RotateTokenInput) -> RotateTokenPayload:
        proof = info.context.proof
        value, successor = rotate_token(token_id_of(input.token), input.overlap_seconds, input.expires_at, proof)
        row = token_of(current_tenant().id, successor)
        return RotateTokenPayload(token=token_shown(row) if row else None, value=value)
