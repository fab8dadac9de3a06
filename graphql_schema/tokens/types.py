"""The GraphQL type ApiToken. It does not contain the token itself."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.audit.choices import PrincipalKind
from automate.kernel.choices import MemberRole
from automate.kernel.json_values import as_text
from graphql_schema.audit.types import AuditActor
from graphql_schema.connections import Node
from graphql_schema.copying import copier
from graphql_schema.enums import described
from graphql_schema.ids import global_id
from graphql_schema.mutating import Payload
from tenants import models, token_rows
from tenants.token_rows import TokenDetails
from tenants.token_specs import TokenSpec
from tenants.tokens import TokenRestrictions


@described
class ApiTokenState(TextChoices):
    """The state of a token. The platform accepts ACTIVE tokens, and refuses EXPIRED and REVOKED tokens."""

    ACTIVE = token_rows.ACTIVE, "The token is accepted."
    EXPIRED = token_rows.EXPIRED, "The token has expired."
    REVOKED = token_rows.REVOKED, "The token was revoked."


@strawberry_django.type(
    models.ApiToken, description="A credential of a tenant. Its value is shown once, when the token is made."
)
class ApiToken(Node):
    name: strawberry.auto
    prefix: strawberry.auto
    role: MemberRole
    scopes: list[str] | None
    permissions: list[str] = strawberry.field(description="All permissions of the token, in alphabetical order.")
    allowed_ips: list[str] | None
    state: ApiTokenState = strawberry.field(description="Whether the token is accepted.")
    created_at: strawberry.auto
    created_by: AuditActor | None
    expires_at: strawberry.auto
    revoked_at: strawberry.auto
    last_used_at: datetime | None = strawberry.field(
        description="The last use of the token, exact to a minute and shown with a delay of up to a minute. Null if "
        "it was never used."
    )
    last_used_from: str | None = strawberry.field(
        description="The client's address at the last use. An IPv6 address is shown as its /64 network."
    )


@strawberry.type
class NewTokenPayload(Payload):
    token: ApiToken | None = None
    value: str | None = strawberry.field(default=None, description="The token's value. Only this answer contains it.")


AND_ITS_TOKENS = "Whether to revoke also the active tokens that were made with this token, directly or through other tokens. Use this for a leaked token."
ITS_TOKENS = "The tokens that were made with this token and were active before the call. Without `andItsTokens` they stay active."


@strawberry.input
class NewToken:
    """The input fields that describe a new token."""

    name: str = strawberry.field(
        description="A name for people, such as `deploy pipeline`. Several tokens may have the same name."
    )
    role: MemberRole = strawberry.field(
        description="The role of the token. It must not have more rights than your own."
    )
    scopes: list[str] | None = strawberry.field(
        default=None,
        description="The permissions of the role that the token gets, such as ingest_events. Null means all of them.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="The time at which the token expires. Null: never."
    )
    allowed_ips: list[str] | None = strawberry.field(
        default=None,
        description="Addresses and networks from which the token may be used, such as 10.0.0.0/8. Null means all.",
    )

    def spec(self) -> TokenSpec:
        scopes = tuple(self.scopes) if self.scopes is not None else None
        allowed_ips = tuple(self.allowed_ips) if self.allowed_ips is not None else None
        return TokenSpec(self.name, self.role.value, TokenRestrictions(scopes, allowed_ips, self.expires_at))


_api_token = copier(
    ApiToken,
    TokenDetails,
    "id",
    "role",
    "scopes",
    "permissions",
    "allowed_ips",
    "state",
    "created_by",
    "last_used_at",
    "last_used_from",
)


def token_shown(row: TokenDetails) -> ApiToken:
    maker = row.created_by
    return _api_token(
        row,
        id=strawberry.ID(global_id("ApiToken", row.id)),
        role=MemberRole(row.role),
        scopes=list(row.scopes) if row.scopes is not None else None,
        permissions=sorted(row.permissions),
        allowed_ips=list(row.allowed_ips) if row.allowed_ips is not None else None,
        state=ApiTokenState(row.state),
        created_by=AuditActor(
            kind=PrincipalKind(as_text(maker["kind"])), id=as_text(maker["id"]), name=as_text(maker["name"])
        )
        if maker
        else None,
        last_used_at=row.used_at,
        last_used_from=row.used_from,
    )
