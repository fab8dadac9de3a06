"""A tenant's operations on its own tokens. Each operation writes an audit entry."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.permissions import manageable
from automate.kernel.principals import Principal, current_principal
from automate.kernel.problems import no_such
from automate.kernel.queries import database_now
from automate.kernel.tenancy import acting_for, current_tenant
from automate.kernel.transactions import in_transaction
from tenants import token_queries
from tenants.authentication import invalid_token
from tenants.models import Tenant
from tenants.token_rows import ACTIVE, TokenDetails
from tenants.token_specs import TokenSpec, check_expiry, check_overlap, checked, lifetime_left, require_covered, within
from tenants.tokens import UNBOUNDED, TokenRestrictions, mint


def create_token(spec: TokenSpec, proof: str) -> tuple[str, uuid.UUID]:
    """Create a token. Returns the value and the id of the token.

    Raises BAD_USER_INPUT for an invalid spec, FORBIDDEN for a permission that the caller lacks, and LIMIT_EXCEEDED.
    """
    with _writing(proof) as good:
        principal = current_principal()
        made = within(checked(spec), principal.permissions, _bounds_of(principal))
        if good >= LIMITS.tokens:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"This tenant has {good} active tokens, and the maximum is {LIMITS.tokens}. Revoke a token first.",
                details={"limit": "tokens", "maximum": LIMITS.tokens},
            )
        return _insert(made, "api_token.create", {})


def revoke_token(token_id: uuid.UUID, proof: str, *, and_its_tokens: bool = False) -> list[uuid.UUID]:
    """Revoke a token. Returns the ids of the active tokens that the revoked token had created.

    Raises NOT_FOUND, and FORBIDDEN for a token with permissions that the caller lacks.
    """
    with _writing(proof):
        token = _require(token_id)
        its_tokens = token_queries.good_tokens_made_with(current_tenant().id, token.id)
        ending = [token, *its_tokens] if and_its_tokens else [token]
        for one in ending:
            require_covered(one.permissions, _manageable_by(current_principal()), ["token"])
        # In one statement: this may revoke the caller's own token, and row-level security asks for the token's proof.
        ended = set(token_queries.revoke([one.id for one in ending]))
        with audit.written_together():
            for one in ending:
                if one.id in ended:
                    audit.record("api_token.revoke", "api_token", one.id, one.name, revoked_changes(one, token.id))
    return [one.id for one in its_tokens]


def revoked_changes(token: TokenDetails, with_token: uuid.UUID) -> dict[str, tuple[JsonValue, JsonValue]]:
    # `with_token`: the id of the token that the caller named.
    changes: dict[str, tuple[JsonValue, JsonValue]] = {"state": (token.state, "revoked")}
    return changes if token.id == with_token else {**changes, "madeWith": (None, str(with_token))}


def rotate_token(
    token_id: uuid.UUID, overlap_seconds: int, expires_at: datetime | None, proof: str
) -> tuple[str, uuid.UUID]:
    """Replace a token. Returns the value and id of the new token. The old token expires after ``overlap_seconds``.

    With ``expires_at=None``, the new token gets the lifetime of the old token.

    Raises NOT_FOUND, FORBIDDEN or BAD_USER_INPUT. Raises CONFLICT if the token is not active.
    """
    check_overlap(overlap_seconds)
    with _writing(proof):
        token, principal = _require(token_id), current_principal()
        if token.state != ACTIVE:
            raise NormalizedError(
                "CONFLICT",
                f"This token is {token.state}. Only an active token can be rotated. Create a new token instead.",
                path=["token"],
            )
        maker, renewed = _bounds_of(principal), lifetime_left(token.created_at, token.expires_at, database_now())
        if principal.id == str(token.id):
            # The successor of the caller's own token gets the lifetime of that token.
            maker = replace(maker, expires_at=renewed)
        if expires_at is not None:
            check_expiry(expires_at)
        bounds = TokenRestrictions(token.scopes, token.allowed_ips, expires_at or _earlier(renewed, maker.expires_at))
        made = within(TokenSpec(token.name, token.role, bounds), principal.permissions, maker)
        changes: dict[str, tuple[JsonValue, JsonValue]] = {
            "rotated": (None, str(token.id)),
            "overlapSeconds": (None, overlap_seconds),
        }
        # While the old token is still valid: row-level security asks for its proof.
        value, successor = _insert(made, "api_token.rotate", changes)
        if overlap_seconds:
            token_queries.end_in([token.id], overlap_seconds)
        else:
            token_queries.revoke([token.id])
        return value, successor


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)


@contextmanager
def _writing(proof: str) -> Iterator[int]:
    # Yields the number of the tenant's active tokens. Raises UNAUTHENTICATED if the caller's token has ended since the
    # request began. Raises FORBIDDEN if row-level security would refuse changes.
    tenant = current_tenant()
    with acting_for(tenant, proof=proof), in_transaction():
        good = token_queries.lock_creation(tenant.id)
        _require_own_token(tenant.id)
        if not token_queries.may_write():
            raise NormalizedError(
                "FORBIDDEN",
                "This token cannot manage tokens, because an older release issued it or because it has just ended. Ask the"
                " operator of the platform for a new token (`reissueTenantToken`).",
            )
        yield good


def _require_own_token(tenant_id: uuid.UUID) -> None:
    # After `lock_creation`, so that a token that was just revoked creates no other token.
    principal = current_principal()
    if principal.kind == "api_token":
        own = token_queries.token_of(tenant_id, uuid.UUID(principal.id))
        if own is None or own.state != ACTIVE:
            raise invalid_token()


def _manageable_by(principal: Principal) -> frozenset[str]:
    return manageable(principal.role, principal.permissions)


def _bounds_of(principal: Principal) -> TokenRestrictions:
    # A token that the caller creates has at least the same restrictions.
    if principal.kind != "api_token":
        return UNBOUNDED
    own = token_queries.token_of(current_tenant().id, uuid.UUID(principal.id))
    return TokenRestrictions(own.scopes, own.allowed_ips, own.expires_at) if own is not None else UNBOUNDED


def _require(token_id: uuid.UUID) -> TokenDetails:
    token = token_queries.token_of(current_tenant().id, token_id)
    if token is None:
        raise no_such("token", "id", "tokens", "token")
    return token


def _insert(spec: TokenSpec, action: str, changes: Mapping[str, tuple[JsonValue, JsonValue]]) -> tuple[str, uuid.UUID]:
    tenant = Tenant(id=current_tenant().id, schema_name=current_tenant().schema)
    value, row = mint(tenant, spec.name, spec.role, spec.bounds)
    row.save(force_insert=True)
    audit.record(action, "api_token", row.id, spec.name, {**made_changes(spec, row.prefix), **changes})
    found: uuid.UUID = row.id
    return value, found


def made_changes(spec: TokenSpec, prefix: str) -> dict[str, tuple[JsonValue, JsonValue]]:
    expires_at = spec.bounds.expires_at
    made: dict[str, JsonValue] = {
        "prefix": prefix,
        "role": spec.role,
        "scopes": list(spec.bounds.scopes) if spec.bounds.scopes is not None else None,
        "allowedIps": list(spec.bounds.allowed_ips) if spec.bounds.allowed_ips is not None else None,
        "expiresAt": expires_at.isoformat() if expires_at is not None else None,
    }
    return {name: (None, value) for name, value in made.items()}
