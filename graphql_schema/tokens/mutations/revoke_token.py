"""revokeToken."""

from __future__ import annotations

import uuid

import strawberry

from automate.kernel.permissions import MANAGE_TOKENS
from automate.kernel.tenancy import current_tenant
from graphql_schema.connections import not_found
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.tokens.types import ApiToken, token_shown
from tenants.api_tokens import revoke_token
from tenants.token_queries import token_of


@strawberry.input
class RevokeTokenInput:
    token: strawberry.ID


@strawberry.type
class RevokeTokenPayload:
    token: ApiToken | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


def token_id_of(given: str) -> uuid.UUID:
    """Raises NormalizedError NOT_FOUND for text that is no id of a token."""
    token_id = row_id_of(given, "ApiToken")
    if token_id is None:
        raise not_found("token", given)
    return token_id


@strawberry.type
class RevokeToken:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TOKENS)],
        description="End a token. It is refused everywhere within one second, also on sockets and streams that are open.",
    )
    @refusals_in(RevokeTokenPayload)
    def revoke_token(self, info: Info, input: RevokeTokenInput) -> RevokeTokenPayload:  # noqa: A002 - Relay's word
        token_id = token_id_of(input.token)
        revoke_token(token_id, info.context.proof)
        row = token_of(current_tenant().id, token_id)
        return planned(info, RevokeTokenPayload(token=token_shown(row) if row else None))
