"""Delete a tenant: it is suspended at once, and after some days its data is gone for good. Until then that can be cancelled."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings

from automate.audit import services as audit
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for_platform, current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox.hints import wake_relay
from automate.outbox.transitions import hold_lane
from tenants import claims, directory
from tenants.models import Tenant

# A second request changes nothing: the days count from the first one.
REQUEST = """
INSERT INTO public.tenant_deletion (tenant_id, reason, requested_by, requested_at, due_at, was_held)
SELECT %(tenant)s, %(reason)s, %(by)s::jsonb, now(), now() + make_interval(secs => %(seconds)s),
       coalesce((SELECT held FROM public.outbox_lane WHERE tenant_id = %(tenant)s), false)
ON CONFLICT (tenant_id) DO NOTHING
RETURNING due_at
"""
FIND = "SELECT requested_at, due_at, reason FROM public.tenant_deletion WHERE tenant_id = %s"
CANCEL = "DELETE FROM public.tenant_deletion WHERE tenant_id = %s AND due_at > now() RETURNING was_held"


@dataclass(frozen=True)
class Deletion:
    """due_at: from when on the data is removed for good."""

    requested_at: datetime
    due_at: datetime
    reason: str


def delete_own_tenant(slug: str, reason: str) -> Deletion:
    """By an owner. slug: typed by the caller, so that no one deletes the wrong tenant. Idempotent.

    Raises NormalizedError BAD_USER_INPUT for another slug, or for the reason.
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
    """By an owner. Raises NormalizedError CONFLICT where nobody has asked for a deletion, or its days are over."""
    tenant = current_tenant()
    with in_transaction():
        _cancel(tenant)
        audit.record("tenant.delete_cancel", "tenant", tenant.id, tenant.slug, {"deleting": (True, False)})


def delete_tenant(slug: str, reason: str) -> uuid.UUID:
    """By the platform. Idempotent. Returns the tenant's id. Raises NormalizedError NOT_FOUND, or BAD_USER_INPUT for the reason."""
    with acting_for_platform("delete tenant", OPERATOR_ROLE), in_transaction():
        tenant = _named(slug)
        found, news = _request(tenant, reason)
        if news:
            audit.record_of_platform(
                "tenant.delete_request", "tenant", tenant.id, tenant.slug, _changes(found), tenant.id
            )
    return tenant.id


def cancel_deletion(slug: str) -> uuid.UUID:
    """By the platform. Returns the tenant's id. Raises NormalizedError NOT_FOUND, or CONFLICT as ``cancel_own_deletion``."""
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
        raise NormalizedError("NOT_FOUND", "There is no tenant of this slug.", path=["tenant"])
    return found.ref()


def _request(tenant: TenantRef, reason: str) -> tuple[Deletion, bool]:
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    principal = current_principal()
    by = {"kind": principal.kind, "id": principal.id, "name": principal.name}
    values = {
        "tenant": tenant.id,
        "reason": reason,
        "by": json.dumps(by),
        "seconds": settings.TENANT_DELETION_DAYS * DAY_SECONDS,
    }
    news = bool(fetch(REQUEST, values))
    if news:
        hold_lane(tenant.id, held=True)
        after_commit(partial(directory.forget, tenant.id, tenant.slug))
    (row,) = fetch(FIND, [tenant.id])
    return Deletion(*row), news


def _cancel(tenant: TenantRef) -> None:
    rows = fetch(CANCEL, [tenant.id])
    if not rows:
        raise NormalizedError(
            "CONFLICT", "Nobody has asked for the deletion of this tenant, or its data is being removed already."
        )
    if not rows[0][0]:
        hold_lane(tenant.id, held=False)
        after_commit(wake_relay)
    after_commit(partial(directory.forget, tenant.id, tenant.slug))


def _changes(found: Deletion) -> dict[str, tuple[Json, Json]]:
    return {"deletesAt": (None, found.due_at.isoformat()), "reason": (None, found.reason)}
