"""The platform's operations on the tokens of any tenant."""

from __future__ import annotations

import uuid

from automate.audit import services as audit
from automate.kernel.limits import LIMITS
from automate.kernel.problems import no_such
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction
from tenants import claims, token_queries
from tenants.api_tokens import made_changes, revoked_changes
from tenants.models import Tenant
from tenants.token_specs import TokenSpec, check_overlap, checked
from tenants.tokens import mint


def reissue_tenant_token(slug: str, spec: TokenSpec, reason: str, overlap_seconds: int) -> tuple[str, uuid.UUID]:
    """Create a token of a tenant. The tenant's other tokens with this name expire after ``overlap_seconds``.

    Returns the token's value and its id.

    Raises NOT_FOUND for an unknown tenant. Raises BAD_USER_INPUT if the spec, the reason or the overlap is invalid.
    """
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    check_overlap(overlap_seconds)
    with acting_for_platform("reissue a tenant's token", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        tenant = _tenant(slug)
        token_queries.lock_creation(tenant.id)
        made = checked(spec)
        earlier = token_queries.good_tokens_named(tenant.id, spec.name)
        ended = token_queries.end_in(earlier, overlap_seconds) if overlap_seconds else token_queries.revoke(earlier)
        value, row = mint(tenant, made.name, made.role, made.bounds)
        row.save(force_insert=True)
        changes = {
            **made_changes(made, row.prefix),
            "ended": (None, [str(token_id) for token_id in ended]),
            "overlapSeconds": (None, overlap_seconds),
            "reason": (None, reason),
        }
        audit.record_of_platform("api_token.reissue", "api_token", row.id, made.name, changes, tenant.id)
    found: uuid.UUID = row.id
    return value, found


def revoke_tenant_token(
    slug: str, token_id: uuid.UUID | None, reason: str, *, and_its_tokens: bool = False
) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """Revoke a tenant's token. Returns the token's id, and the ids of the active tokens that this token had created.

    ``token_id`` is None if the caller's text is not an id.

    Raises NOT_FOUND for an unknown tenant or token, and BAD_USER_INPUT for an invalid reason.
    """
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    with acting_for_platform("revoke a tenant's token", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        tenant = _tenant(slug)
        token_queries.lock_creation(tenant.id)
        token = token_queries.token_of(tenant.id, token_id) if token_id is not None else None
        if token is None:
            raise no_such("token", "id", "tenantTokens", "token")
        its_tokens = token_queries.good_tokens_made_with(tenant.id, token.id)
        ending = [token, *its_tokens] if and_its_tokens else [token]
        ended = set(token_queries.revoke([one.id for one in ending]))
        for one in ending:
            if one.id in ended:
                changes = {**revoked_changes(one, token.id), "reason": (None, reason)}
                audit.record_of_platform("api_token.revoke", "api_token", one.id, one.name, changes, tenant.id)
    return token.id, [one.id for one in its_tokens]


def tenant_id_of(slug: str) -> uuid.UUID:
    """Return the id of the tenant with this slug. Raises NOT_FOUND."""
    found: uuid.UUID = _tenant(slug).id
    return found


def _tenant(slug: str) -> Tenant:
    tenant: Tenant | None = Tenant.objects.filter(
        slug=check_text(slug, path=["tenant"], most=LIMITS.text_characters)
    ).first()
    if tenant is None:
        raise no_such("tenant", "slug", "tenants", "tenant")
    return tenant
