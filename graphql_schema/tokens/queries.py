"""Queries about tokens."""

from __future__ import annotations

import uuid

import strawberry

from automate.kernel.permissions import VIEW_TENANTS, VIEW_TOKENS
from automate.kernel.tenancy import current_tenant
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import listed, paged
from graphql_schema.tokens.types import ApiToken, token_shown
from tenants import token_queries
from tenants.tenant_tokens import tenant_id_of


def _tokens(info: Info, name: str, tenant_id: uuid.UUID, active: bool) -> Connection[ApiToken]:  # noqa: FBT001 - an argument of the field
    return paged(
        info,
        name,
        lambda part: token_queries.tokens_page(tenant_id, part, active=active),
        token_shown,
        lambda: token_queries.count_tokens(tenant_id, active=active),
        [str(tenant_id), active],
    )


@strawberry.type
class TokenQueries:
    @listed(VIEW_TOKENS, "The tenant's tokens without their values, newest first.")
    def tokens(
        self,
        info: Info,
        active: bool = False,  # noqa: FBT001, FBT002 - the schema's argument
    ) -> Connection[ApiToken]:
        return _tokens(info, "tokens", current_tenant().id, active)


@strawberry.type
class TenantTokenQueries:
    @listed(VIEW_TENANTS, "The tokens of a tenant without their values, newest first.")
    def tenant_tokens(
        self,
        info: Info,
        tenant: str,
        active: bool = False,  # noqa: FBT001, FBT002 - the schema's argument
    ) -> Connection[ApiToken]:
        return _tokens(info, "tenantTokens", tenant_id_of(tenant), active)
