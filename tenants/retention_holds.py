"""The platform's operations on the retention of a tenant. Each change writes an audit entry."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.limits import LIMITS
from automate.kernel.problems import no_such
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction
from automate.retention import services
from automate.retention.queries import Policies, policies_of
from tenants import claims
from tenants.models import Tenant


def retention_of(slug: str) -> Policies:
    """Return the retention of a tenant's data. Raises NOT_FOUND."""
    with acting_for_platform("read retention", OPERATOR_ROLE):
        return policies_of(_tenant(slug))


def hold_retention(slug: str, names: Sequence[str], reason: str) -> Policies:
    """Stop the removal of a tenant's data. If ``names`` lists no data class, the removal stops for all classes.

    Raises NOT_FOUND or BAD_USER_INPUT.
    """
    with acting_for_platform("hold retention", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        return services.hold(_tenant(slug), slug, names, reason)


def release_retention(slug: str, names: Sequence[str]) -> Policies:
    """Resume the removal of a tenant's data. If ``names`` lists no data class, the removal resumes for all classes.

    Raises NOT_FOUND.
    """
    with acting_for_platform("release retention", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        return services.release(_tenant(slug), slug, names)


def _tenant(slug: str) -> uuid.UUID:
    found = Tenant.objects.filter(slug=check_text(slug, path=["tenant"], most=LIMITS.text_characters)).values_list("id")
    for (tenant_id,) in found:
        return uuid.UUID(str(tenant_id))
    raise no_such("tenant", "slug", "tenants", "tenant")
