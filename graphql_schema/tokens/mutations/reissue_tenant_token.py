"""The mutation reissueTenantToken of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.choices import MemberRole
from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.mutating import mutation
from graphql_schema.tokens.types import NewToken, NewTokenPayload, token_shown
from tenants.services import FIRST_TOKEN
from tenants.tenant_tokens import reissue_tenant_token
from tenants.token_queries import tokens_by_id

DEFAULT_ROLE = MemberRole.OWNER


@strawberry.input
class ReissueTenantTokenInput(NewToken):
    tenant: str = strawberry.field(description="The tenant's slug.")
    reason: str = strawberry.field(
        description="The reason. It is written to the audit record, which the tenant can read."
    )
    name: str = strawberry.field(
        default=FIRST_TOKEN,
        description="The name of the token. Earlier tokens of the tenant with this name are revoked. The default is "
        "the name of the first token of a new tenant.",
    )
    role: MemberRole = strawberry.field(default=DEFAULT_ROLE, description="The role of the token.")
    overlap_seconds: int = strawberry.field(
        default=0, description="For how many seconds the earlier tokens are still accepted: 0 to 2,592,000 (30 days)."
    )


@strawberry.type
class ReissueTenantTokenPayload(NewTokenPayload):
    pass


@strawberry.type
class ReissueTenantToken:
    @mutation(
        MANAGE_TENANTS,
        "Make a token of a tenant, and revoke the tenant's earlier tokens with the same name. Use this "
        "to replace a lost token.",
    )
    def reissue_tenant_token(self, input: ReissueTenantTokenInput) -> ReissueTenantTokenPayload:
        value, token_id = reissue_tenant_token(input.tenant, input.spec(), input.reason, input.overlap_seconds)
        row = tokens_by_id([token_id])[token_id]
        return ReissueTenantTokenPayload(token=token_shown(row), value=value)
