"""Checks permissions. Each root field declares a permission.

Each field that leads to another entity declares a permission, too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NoReturn

from strawberry.extensions.field_extension import AsyncExtensionResolver, SyncExtensionResolver
from strawberry_django.permissions import DjangoNoPermission, DjangoPermissionExtension

from automate.budgets.kinds import COST
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import DELETE_TENANT, EXPORT_TENANT, ONLY_BY_SCOPE, ROLES, VIEW_BILLING
from automate.kernel.principals import Principal
from graphql_schema.context import Info


def forbidden(permission: str, caller: Principal) -> NormalizedError:
    if caller.permissions == {DELETE_TENANT, EXPORT_TENANT}:
        return NormalizedError(
            "FORBIDDEN",
            f"The permission {permission} is missing. While a tenant waits for its deletion, its owner can only export or "
            "delete it. To use the tenant again, call `cancelTenantDeletion`.",
            details={"permission": permission},
        )
    if permission in ONLY_BY_SCOPE and caller.kind == "api_token":
        return NormalizedError(
            "FORBIDDEN",
            f"The permission {permission} is missing. A token has this permission only if the `scopes` of the token name it. "
            f"Use a token with the role owner or admin and with the scope {permission}.",
            details={"permission": permission},
        )
    return NormalizedError(
        "FORBIDDEN",
        f"The permission {permission} is missing: your role, or the scopes of your token, do not grant it. Ask an "
        f"{' or '.join(_who_may_help(permission))} of the tenant.",
        details={"permission": permission},
    )


def _who_may_help(permission: str) -> list[str]:
    # An admin is of no help with a permission that only owners have.
    return [role for role in ("owner", "admin") if permission in ROLES[role]] or ["owner"]


def require(principal: Principal, permission: str) -> None:
    """Check a permission of the caller. Raises FORBIDDEN if the caller lacks the permission."""
    if permission not in principal.permissions:
        raise forbidden(permission, principal)


def sees_budget(principal: Principal, metric: str) -> bool:
    """Return whether the caller may see a budget. Budgets of the metric ``cost`` require an extra permission."""
    return metric != COST or VIEW_BILLING in principal.permissions


def require_budget(principal: Principal, metric: str) -> None:
    """Check that the caller may see a budget.

    Raises FORBIDDEN if the budget has the metric ``cost`` and the caller lacks the extra permission for this metric.
    """
    if metric == COST:
        require(principal, VIEW_BILLING)


class Requires(DjangoPermissionExtension):
    """Checks a permission before the resolver runs: ``@strawberry.field(extensions=[Requires(VIEW_RUNS)])``.

    For a subscription, it checks the permission before the stream begins. A subclass can require further permissions, which
    depend on the arguments.
    """

    def __init__(self, permission: str) -> None:
        super().__init__(use_directives=False, fail_silently=False)
        self.permission = permission

    def resolve(self, next_: SyncExtensionResolver, source: object, info: Info, **kwargs: object) -> object:
        try:
            return self.resolve_for_user(
                partial(next_, source, info, **kwargs), info.context.principal, info=info, source=source
            )
        except DjangoNoPermission as refusal:
            self.handle_no_permission(refusal, info=info)

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: object, info: Info, **kwargs: object
    ) -> object:
        found = self.resolve(next_, source, info, **kwargs)
        # The asynchronous generator of a subscription is no awaitable.
        return await found if inspect.isawaitable(found) else found

    def needs(self, arguments: Mapping[str, object]) -> Iterable[str]:
        """Return the permissions that a caller needs for a field with these arguments."""
        del arguments
        return (self.permission,)

    def resolve_for_user(  # type: ignore[override]  # a Principal takes the place of Django's user
        self, resolver: partial[object], user: Principal, *, info: Info, source: object
    ) -> object:
        """Resolve the field. Raises DjangoNoPermission with the name of a permission that the caller lacks."""
        del source
        for permission in self.needs(resolver.keywords):
            if permission not in user.permissions:
                raise DjangoNoPermission(permission)
        return self.answer(resolver, info)

    def answer(self, resolver: Callable[[], object], info: Info) -> object:
        """Resolve the field. ``resolve_for_user`` calls this method after it has checked the caller's permission."""
        del info
        return resolver()

    def handle_no_permission(self, exception: BaseException, *, info: Info) -> NoReturn:
        """If the caller lacks the permission, raise FORBIDDEN, and do not answer with null or an empty list."""
        raise forbidden(str(exception), info.context.principal) from exception
