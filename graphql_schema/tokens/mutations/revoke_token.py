"""The mutation revokeToken."""

from __future__ import annotations

import uuid

import strawberry

from automate.kernel.permissions import MANAGE_TOKENS
from graphql_schema.connections import not_found
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.tokens.types import AND_ITS_TOKENS, ITS_TOKENS, ApiToken, token_shown
from tenants.api_tokens import revoke_token
from tenants.token_queries import tokens_by_id


@strawberry.input
class RevokeTokenInput:
    token: strawberry.ID
    and_its_tokens: bool = strawberry.field(default=False, description=AND_ITS_TOKENS)


@strawberry.type
class RevokeTokenPayload(Payload):
    token: ApiToken | None = None
    its_tokens: list[ApiToken] = strawberry.field(default_factory=list, description=ITS_TOKENS)


def token_id_of(given: str) -> uuid.UUID:
    """Parse the id of a token. Raises NOT_FOUND for a malformed id."""
    token_id = row_id_of(given, "ApiToken")
    if token_id is None:
        raise not_found("token", given)
    return token_id


@strawberry.type
class RevokeToken:
    @mutation(
        MANAGE_TOKENS, "Revoke a token. It is refused everywhere within one second, even on open sockets and streams."
    )
    def revoke_token(self, info: Info, input: RevokeTokenInput) -> RevokeTokenPayload:
        token_id = token_id_of(input.token)
        made = revoke_token(token_id, info.context.proof, and_its_tokens=input.and_its_tokens)
        rows = tokens_by_id([token_id, *made])
        its_tokens = [token_shown(rows[one]) for one in made]
        return RevokeTokenPayload(token=token_shown(rows[token_id]), its_tokens=its_tokens)
