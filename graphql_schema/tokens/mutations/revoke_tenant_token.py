"""The mutation revokeTenantToken of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.ids import row_id_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.tokens.types import AND_ITS_TOKENS, ITS_TOKENS, ApiToken, token_shown
from tenants.tenant_tokens import revoke_tenant_token
from tenants.token_queries import tokens_by_id


@strawberry.input
class RevokeTenantTokenInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    token: strawberry.ID
    reason: str = strawberry.field(
        description="The reason. It is written to the audit record, which the tenant can read."
    )
    and_its_tokens: bool = strawberry.field(default=False, description=AND_ITS_TOKENS)


@strawberry.type
class RevokeTenantTokenPayload(Payload):
    token: ApiToken | None = None
    its_tokens: list[ApiToken] = strawberry.field(default_factory=list, description=ITS_TOKENS)


@strawberry.type
class RevokeTenantToken:
    @mutation(MANAGE_TENANTS, "Revoke a token of a tenant. It is refused at once.")
    def revoke_tenant_token(self, input: RevokeTenantTokenInput) -> RevokeTenantTokenPayload:
        row_id, made = revoke_tenant_token(
            input.tenant, row_id_of(input.token, "ApiToken"), input.reason, and_its_tokens=input.and_its_tokens
        )
        rows = tokens_by_id([row_id, *made])
        its_tokens = [token_shown(rows[one]) for one in made]
        return RevokeTenantTokenPayload(token=token_shown(rows[row_id]), its_tokens=its_tokens)
