"""revokeTenantToken of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.tokens.types import ApiToken, token_shown
from tenants.tenant_tokens import revoke_tenant_token
from tenants.token_queries import tokens_by_id


@strawberry.input
class RevokeTenantTokenInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    token: strawberry.ID
    reason: str = strawberry.field(description="For the audit record, which the tenant reads.")


@strawberry.type
class RevokeTenantTokenPayload:
    token: ApiToken | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class RevokeTenantToken:
    @strawberry.mutation(extensions=[Requires(MANAGE_TENANTS)], description="End a token of a tenant at once.")
    @refusals_in(RevokeTenantTokenPayload)
    def revoke_tenant_token(self, info: Info, input: RevokeTenantTokenInput) -> RevokeTenantTokenPayload:  # noqa: A002 - Relay's word
        row_id = revoke_tenant_token(input.tenant, row_id_of(input.token, "ApiToken"), input.reason)
        return planned(info, RevokeTenantTokenPayload(token=token_shown(tokens_by_id([row_id])[row_id])))
