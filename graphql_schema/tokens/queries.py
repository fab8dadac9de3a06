# ruff: noqa: ARG002, PLR0917 - the plan reads a field's arguments from the document
"""Queries about tokens."""

from __future__ import annotations

import uuid

import strawberry

from automate.kernel.permissions import VIEW_TENANTS, VIEW_TOKENS
from automate.kernel.tenancy import current_tenant
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected
from graphql_schema.tokens.types import ApiToken, token_shown
from tenants import token_queries
from tenants.tenant_tokens import tenant_id_of


def _tokens(info: Info, name: str, tenant_id: uuid.UUID, active: bool) -> Connection[ApiToken]:  # noqa: FBT001 - an argument of the field
    field, space = selected(info), space_of(name, [str(tenant_id), active])
    page = token_queries.tokens_page(tenant_id, slice_of(space, field.arguments), active=active)
    count = lambda: token_queries.count_tokens(tenant_id, active=active)  # noqa: E731 - asked where totalCount is selected
    return planned(info, connection_of(field, space, page, token_shown, count))


@strawberry.type
class TokenQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_TOKENS)], description="The tenant's tokens without their values, newest first."
    )
    def tokens(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        active: bool = False,  # noqa: FBT001, FBT002 - the schema's argument
    ) -> Connection[ApiToken]:
        return _tokens(info, "tokens", current_tenant().id, active)


@strawberry.type
class TenantTokenQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_TENANTS)], description="The tokens of a tenant without their values, newest first."
    )
    def tenant_tokens(
        self,
        info: Info,
        tenant: str,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        active: bool = False,  # noqa: FBT001, FBT002 - the schema's argument
    ) -> Connection[ApiToken]:
        return _tokens(info, "tenantTokens", tenant_id_of(tenant), active)
