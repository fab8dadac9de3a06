"""The scope of the running code: a ContextVar, never a property of a connection.

Outside ``acting_for`` and ``acting_for_platform`` no table is reachable: the database backend
(``tenants.postgresql``) calls ``current_scope`` at every statement, which raises ``NoScopeError``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from automate.kernel.roles import PLATFORM_ROLE

PUBLIC_SCHEMA = "public"


class NoScopeError(RuntimeError):
    """A statement was about to run outside any scope. Wrap the code in ``acting_for`` or ``acting_for_platform``."""


class ScopeConflictError(RuntimeError):
    """A second tenant was named inside a transaction, or inside another tenant's scope."""


@dataclass(frozen=True)
class TenantRef:
    """The parts of a tenant that code needs to act for it.

    id: of the Tenant row. schema: the generated name of its PostgreSQL schema and of its database role. Raises ValueError for
    any other schema: a chosen name could belong to another tenant.
    """

    id: uuid.UUID
    schema: str
    slug: str

    def __post_init__(self) -> None:
        if self.schema != schema_of(self.id):
            raise ValueError(f"{self.schema!r} is not the schema of tenant {self.id}")


@dataclass(frozen=True)
class Scope:
    """A database role, a search_path and a proof, which are set together.

    Two scopes with the same settings are equal.
    """

    role: str
    schemas: tuple[str, ...]
    proof: str = field(default="", kw_only=True, repr=False)
    """Proves to row-level security that a token was sent, see ``tenants.tokens.proof_of``; empty in most scopes."""
    tenant: TenantRef | None = field(compare=False)
    """None in the platform's scope."""
    reason: str = field(compare=False)
    """For readers of the code."""


_scope: ContextVar[Scope | None] = ContextVar("automate_scope", default=None)


def current_scope() -> Scope:
    """The scope of the running code. Raises NoScopeError outside any."""
    scope = _scope.get()
    if scope is None:
        raise NoScopeError("no tenant is set here: wrap the code in acting_for(tenant) or acting_for_platform(reason)")
    return scope


def scope_or_none() -> Scope | None:
    """The scope of the running code, or None outside any."""
    return _scope.get()


def current_tenant() -> TenantRef:
    """The tenant of the running code. Raises NoScopeError outside a tenant's scope."""
    tenant = current_scope().tenant
    if tenant is None:
        raise NoScopeError("this code acts for the platform, and needs a tenant: wrap it in acting_for(tenant)")
    return tenant


def acting_tenant_id() -> uuid.UUID | None:
    """The key under which this process stores data of the current tenant. None outside a tenant's scope."""
    scope = _scope.get()
    return scope.tenant.id if scope is not None and scope.tenant is not None else None


def schema_of(tenant_id: uuid.UUID) -> str:
    """The schema and the database role of a tenant. The name is generated from the id, never from a user's text."""
    return f"t_{tenant_id.hex}"


def tenant_scope(tenant: TenantRef, proof: str = "") -> Scope:
    return Scope(role=tenant.schema, schemas=(tenant.schema, PUBLIC_SCHEMA), tenant=tenant, reason="", proof=proof)


@contextmanager
def acting_for(tenant: TenantRef, *, proof: str = "") -> Iterator[TenantRef]:
    """Run the block for one tenant. proof: of one of its tokens, for a block that writes tokens.

    Raises ScopeConflictError inside another tenant's scope.
    """
    outer = _scope.get()
    if outer is not None and outer.tenant is not None and outer.tenant.id != tenant.id:
        raise ScopeConflictError("this code already acts for another tenant; leave that scope first")
    token = _scope.set(tenant_scope(tenant, proof))
    try:
        yield tenant
    finally:
        _scope.reset(token)


@contextmanager
def acting_for_platform(reason: str, role: str = PLATFORM_ROLE, *, proof: str = "") -> Iterator[None]:
    """Run the block for the platform: public tables only, rows of all tenants.

    reason: for readers of the code. role: one of ``roles.PLATFORM_ROLES``. The login of a process may switch only to its own
    roles, so the platform's code names the role; the default is for tests and benches. proof: of a platform token, see
    ``proof_of``. An inner block with the same role keeps its proof.

    Raises ScopeConflictError inside a tenant's scope.
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
    """Run the block as the owner of one schema.

    Only for the administrator's connection: the application's login owns nothing and reaches no table without a
    role.
    """
    token = _scope.set(Scope(role=OWNER_ROLE, schemas=(schema,), tenant=None, reason="administration"))
    try:
        yield
    finally:
        _scope.reset(token)
