"""Creates platform tokens directly in the database."""

from __future__ import annotations

from django.db.models.functions import Now

from automate.audit import services as audit
from automate.kernel.limits import LIMITS
from automate.kernel.permissions import PLATFORM_ROLE
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction
from tenants import claims
from tenants.models import ApiToken
from tenants.tokens import mint


def issue_platform_token(name: str) -> str:
    """Create a platform token, and return its value. Revokes the earlier token with this name.

    Raises BAD_USER_INPUT for a name that cannot be stored, and FORBIDDEN for a database login that must not create
    platform tokens.
    """
    check_text(name, path=["name"], most=LIMITS.name_characters)
    with acting_for_platform("platform token", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        earlier = ApiToken.objects.filter(tenant__isnull=True, name=name, revoked_at__isnull=True)
        revoked = earlier.update(revoked_at=Now())
        token, row = mint(None, name, PLATFORM_ROLE)
        row.save(force_insert=True)
        changes = audit.differences({}, {"name": name, "prefix": row.prefix, "revoked": revoked})
        audit.record_of_platform("platform_token.issue", "api_token", row.id, name, changes, None)
    return token
