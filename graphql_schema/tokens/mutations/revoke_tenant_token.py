"""The mutation revokeTenantToken of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
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
class RevokeTenantTokenPayload:
    token: ApiToken | None = None
    its_tokens: list[ApiToken] = strawberry.field(default_factory=list, description=ITS_TOKENS)
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class RevokeTenantToken:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)], description="Revoke a token of a tenant. It is refused at once."
    )
    @refusals_in(RevokeTenantTokenPayload)
    def revoke_tenant_token(self, info: Info, input: RevokeTenantTokenInput) -> RevokeTenantTokenPayload:  # noqa: A002 - Relay's word
        row_id, made = revoke_tenant_token(
            input.tenant, row_id_of(input.token, "ApiToken"), input.reason, and_its_tokens=input.and_its_tokens
        )
        rows = tokens_by_id([row_id, *made])
        its_tokens = [token_shown(rows[one]) for one in made]
        return planned(info, RevokeTenantTokenPayload(token=token_shown(rows[row_id]), its_tokens=its_tokens))
