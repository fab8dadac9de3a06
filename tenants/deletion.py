"""Deletes tenants. A request for deletion suspends the tenant at once. The tenant's data is removed some days later."""

from __future__ import annotations

import uuid
from functools import partial

from django.conf import settings

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.problems import no_such
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.tenancy import TenantRef, acting_for_platform, current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox.transitions import hold_lane
from automate.outbox.wakeups import wake_relay
from tenants import claims, directory
from tenants import deletion_queries as queries
from tenants.deletion_queries import Deletion
from tenants.models import Tenant


def delete_own_tenant(slug: str, reason: str) -> Deletion:
    """Request the deletion of the current tenant. ``slug`` must be the tenant's slug, as a confirmation.

    Raises BAD_USER_INPUT for another slug or an invalid reason.
    """
    tenant = current_tenant()
    if slug != tenant.slug:
        message = f"This tenant's slug is {tenant.slug}. Send it as `tenant` to confirm the deletion."
        raise NormalizedError("BAD_USER_INPUT", message, path=["tenant"])
    with in_transaction():
        found, news = _request(tenant, reason)
        if news:
            audit.record("tenant.delete_request", "tenant", tenant.id, tenant.slug, _changes(found))
    return found


def cancel_own_deletion() -> None:
    """Cancel the deletion of the current tenant.

    Raises CONFLICT if no deletion was requested, or if the removal of the data is already due.
    """
    tenant = current_tenant()
    with in_transaction():
        _cancel(tenant)
        audit.record("tenant.delete_cancel", "tenant", tenant.id, tenant.slug, {"deleting": (True, False)})


def delete_tenant(slug: str, reason: str) -> uuid.UUID:
    """Request the deletion of a tenant on behalf of the platform. Returns the tenant's id.

    Raises NOT_FOUND for an unknown tenant, and BAD_USER_INPUT for an invalid reason.
    """
    with acting_for_platform("delete tenant", OPERATOR_ROLE), in_transaction():
        tenant = _named(slug)
        found, news = _request(tenant, reason)
        if news:
            audit.record_of_platform(
                "tenant.delete_request", "tenant", tenant.id, tenant.slug, _changes(found), tenant.id
            )
    return tenant.id


def cancel_deletion(slug: str) -> uuid.UUID:
    """Cancel the deletion of a tenant on behalf of the platform. Returns the tenant's id.

    Raises NOT_FOUND. Raises CONFLICT if no deletion was requested, or if the removal of the data is already due.
    """
    with acting_for_platform("cancel the deletion of a tenant", OPERATOR_ROLE), in_transaction():
        tenant = _named(slug)
        _cancel(tenant)
        changes: audit.Changes = {"deleting": (True, False)}
        audit.record_of_platform("tenant.delete_cancel", "tenant", tenant.id, tenant.slug, changes, tenant.id)
    return tenant.id


def _named(slug: str) -> TenantRef:
    claims.require_operator()
    claims.lock_tenants()
    found: Tenant | None = Tenant.objects.filter(
        slug=check_text(slug, path=["tenant"], most=LIMITS.text_characters)
    ).first()
    if found is None:
        raise no_such("tenant", "slug", "tenants", "tenant")
    return found.ref()


def _request(tenant: TenantRef, reason: str) -> tuple[Deletion, bool]:
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    principal = current_principal()
    by = {"kind": principal.kind, "id": principal.id, "name": principal.name}
    found, news = queries.request_deletion(tenant.id, reason, by, settings.TENANT_DELETION_DAYS * DAY_SECONDS)
    if news:
        hold_lane(tenant.id, held=True)
        after_commit(partial(directory.forget, tenant.id, tenant.slug))
    return found, news


def _cancel(tenant: TenantRef) -> None:
    was_held = queries.cancel_deletion(tenant.id)
    if was_held is None:
        raise NormalizedError(
            "CONFLICT",
            "There is no deletion to cancel. Either no deletion of this tenant was requested, or the removal of its data has begun.",
        )
    if not was_held:
        hold_lane(tenant.id, held=False)
        after_commit(wake_relay)
    after_commit(partial(directory.forget, tenant.id, tenant.slug))


def _changes(found: Deletion) -> dict[str, tuple[JsonValue, JsonValue]]:
    return {"deletesAt": (None, found.due_at.isoformat()), "reason": (None, found.reason)}
