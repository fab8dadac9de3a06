"""The mutation createToken."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TOKENS
from automate.kernel.tenancy import current_tenant
from graphql_schema.context import Info
from graphql_schema.mutating import mutation
from graphql_schema.tokens.types import NewToken, NewTokenPayload, token_shown
from tenants.api_tokens import create_token
from tenants.token_queries import token_of


@strawberry.input
class CreateTokenInput(NewToken):
    pass


@strawberry.type
class CreateTokenPayload(NewTokenPayload):
    pass


@strawberry.type
class CreateToken:
    @mutation(
        MANAGE_TOKENS,
        "Create a token. Its rights must not exceed those of the caller. Limits of the caller's token "
        "also apply to the new token.",
    )
    def create_token(self, info: Info, input: CreateTokenInput) -> CreateTokenPayload:
        value, token_id = create_token(input.spec(), info.context.proof)
        row = token_of(current_tenant().id, token_id)
        return CreateTokenPayload(token=token_shown(row) if row else None, value=value)
