"""The scope of the running code: a tenant or the platform. Statements outside a scope raise ``NoScopeError``."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from automate.kernel.context_variables import VariableSet
from automate.kernel.roles import PLATFORM_ROLE

PUBLIC_SCHEMA = "public"


class NoScopeError(RuntimeError):
    """A statement was about to run outside any scope. Use ``acting_for`` or ``acting_for_platform``."""


class ScopeConflictError(RuntimeError):
    """Raised if code in a tenant's scope requests another scope, or changes the tenant inside a transaction."""


@dataclass(frozen=True)
class TenantRef:
    """The identity of a tenant. Raises ValueError if ``schema`` is not the name of this tenant's schema."""

    id: uuid.UUID
    schema: str
    slug: str

    def __post_init__(self) -> None:
        if self.schema != schema_of(self.id):
            raise ValueError(f"{self.schema!r} is not the schema of tenant {self.id}")


@dataclass(frozen=True)
class Scope:
    """The database rights of the running code: a role, a search_path, and a proof.

    Row-level security in the database uses the proof to check that a token was sent.
    """

    role: str
    schemas: tuple[str, ...]
    proof: str = field(default="", kw_only=True, repr=False)
    """Proves to row-level security that a token was sent, see ``tenants.tokens.proof_of``; empty in most scopes."""
    tenant: TenantRef | None = field(compare=False)
    """None in the platform's scope."""
    reason: str = field(compare=False)
    """The reason why the code needs the platform's rights, for readers of the code."""


_scope: ContextVar[Scope | None] = ContextVar("automate_scope", default=None)


def current_scope() -> Scope:
    """Return the scope of the running code. Raises NoScopeError outside any scope."""
    scope = _scope.get()
    if scope is None:
        raise NoScopeError("no tenant is set here: wrap the code in acting_for(tenant) or acting_for_platform(reason)")
    return scope


def scope_or_none() -> Scope | None:
    """Return the scope of the running code, or None."""
    return _scope.get()


def current_tenant() -> TenantRef:
    """Return the tenant of the running code. Raises NoScopeError outside a tenant's scope."""
    tenant = current_scope().tenant
    if tenant is None:
        raise NoScopeError("this code acts for the platform, and needs a tenant: wrap it in acting_for(tenant)")
    return tenant


def acting_tenant_id() -> uuid.UUID | None:
    """Return the id of the current tenant, or None."""
    scope = _scope.get()
    return scope.tenant.id if scope is not None and scope.tenant is not None else None


def schema_of(tenant_id: uuid.UUID) -> str:
    """Return the name of a tenant's schema. The tenant's database role has the same name."""
    return f"t_{tenant_id.hex}"


def tenant_scope(tenant: TenantRef, proof: str = "") -> Scope:
    return Scope(role=tenant.schema, schemas=(tenant.schema, PUBLIC_SCHEMA), tenant=tenant, reason="", proof=proof)


class _TenantScope:
    # A class, because each request opens a scope.
    __slots__ = ("_set", "_tenant")

    def __init__(self, tenant: TenantRef, proof: str) -> None:
        self._set: VariableSet[Scope | None] = VariableSet(_scope, tenant_scope(tenant, proof))
        self._tenant = tenant

    def __enter__(self) -> TenantRef:
        outer = _scope.get()
        if outer is not None and outer.tenant is not None and outer.tenant.id != self._tenant.id:
            raise ScopeConflictError("this code already acts for another tenant; leave that scope first")
        self._set.__enter__()
        return self._tenant

    def __exit__(self, *raised: object) -> None:
        self._set.__exit__(*raised)


def acting_for(tenant: TenantRef, *, proof: str = "") -> _TenantScope:
    """Run the block with the rights of one tenant. Raises ScopeConflictError if another tenant's scope is open."""
    return _TenantScope(tenant, proof)


@contextmanager
def acting_for_platform(reason: str, role: str = PLATFORM_ROLE, *, proof: str = "") -> Iterator[None]:
    """Run the block with the rights of the platform. Raises ScopeConflictError inside a tenant's scope.

    - reason: why the code needs these rights.
    - role: one of ``roles.PLATFORM_ROLES``.
    - proof: shows that a platform token was sent.
    """
    outer = _scope.get()
    if outer is not None and outer.tenant is not None:
        raise ScopeConflictError("this code acts for a tenant; the platform's scope is not reachable from there")
    if not proof and outer is not None and outer.role == role:
        proof = outer.proof
    token = _scope.set(Scope(role=role, schemas=(PUBLIC_SCHEMA,), tenant=None, reason=reason, proof=proof))
    try:
        yield
    finally:
        _scope.reset(token)


OWNER_ROLE = "none"
"""``SET ROLE none``: the login role itself. On the administrator's connection it owns every table."""


@contextmanager
def administering(schema: str) -> Iterator[None]:
    """Run the block as the database role that owns the schema ``schema``. Requires the administrator's connection."""
    token = _scope.set(Scope(role=OWNER_ROLE, schemas=(schema,), tenant=None, reason="administration"))
    try:
        yield
    finally:
        _scope.reset(token)
