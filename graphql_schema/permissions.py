"""Who may read or do what: each root field and each edge between entities declares one permission."""

from __future__ import annotations

from typing import Any

from strawberry.extensions.field_extension import FieldExtension, SyncExtensionResolver

from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import ONLY_BY_SCOPE
from automate.kernel.principals import Principal
from graphql_schema.context import Info


def forbidden(permission: str) -> NormalizedError:
    if permission in ONLY_BY_SCOPE:
        return NormalizedError(
            "FORBIDDEN",
            f"This needs the permission {permission}, which your role does not grant or the scopes of your token do not name. Use a token of "
            f"an owner or admin whose `scopes` name {permission}.",
            details={"permission": permission},
        )
    return NormalizedError(
        "FORBIDDEN",
        f"This needs the permission {permission}, which neither your role nor the scopes of your token grant. Ask an owner or admin of the tenant.",
        details={"permission": permission},
    )


def require(principal: Principal, permission: str) -> None:
    """Raises NormalizedError FORBIDDEN."""
    if permission not in principal.permissions:
        raise forbidden(permission)


class Requires(FieldExtension):
    """``@strawberry.field(extensions=[Requires(VIEW_RUNS)])``: checked before the resolver runs."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Info, **kwargs: Any) -> Any:
        require(info.context.principal, self.permission)
        return next_(source, info, **kwargs)
