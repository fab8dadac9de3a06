"""Changes how long data is kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction, require_transaction
from automate.retention import transitions
from automate.retention.classes import CLASSES, KEPT
from automate.retention.queries import Policies, policies_of
from automate.retention.settings import RetentionDays, check_days

OBJECT = "retention_policy"


def save_retention(days: Mapping[str, int | None]) -> Policies:
    """Set the tenant's own retention times in days. The value None restores the plan's default.

    Raises BAD_USER_INPUT for an invalid number, and LIMIT_EXCEEDED for more days than the plan allows.
    """
    tenant = current_tenant()
    with in_transaction():
        transitions.lock(tenant.id)
        before = policies_of(tenant.id)
        check_wanted(before, days)
        transitions.set_days(tenant.id, days)
        after = policies_of(tenant.id)
        values = [{row.policy.data_class: row.policy.own_days for row in found.rows} for found in (before, after)]
        if changes := audit.differences(*values):
            audit.record("retention.save", OBJECT, tenant.id, tenant.slug, changes)
        return after


def check_wanted(policies: Policies, days: Mapping[str, int | None]) -> None:
    """Check the retention times, in days, that a tenant wants to set.

    Raises BAD_USER_INPUT for an invalid number, and LIMIT_EXCEEDED for more days than the plan allows.
    """
    check_days(RetentionDays, days, "policies")
    most = {row.policy.data_class: row.policy.default_days for row in policies.rows}
    for place, (name, wanted) in enumerate(days.items()):
        _check_most(name, wanted, most.get(name), place)


def _check_most(name: str, days: int | None, most: int | None, place: int) -> None:
    if days is not None and most is not None and days > most:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`days` of {name.upper()} is {days}; the maximum in the tenant's plan is {most}. Set fewer days, or ask the operator of the "
            "platform.",
            details={"most": most},
            path=["policies", place, "days"],
        )


def hold(tenant_id: uuid.UUID, slug: str, names: Sequence[str], reason: str) -> Policies:
    """Keep all data of these kinds until ``release`` is called. Raises BAD_USER_INPUT for an invalid reason."""
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    return _hold(tenant_id, slug, names, reason)


def release(tenant_id: uuid.UUID, slug: str, names: Sequence[str]) -> Policies:
    """End the effect of ``hold`` for data classes, so that retention resumes the removal of their old data."""
    return _hold(tenant_id, slug, names, "")


def _hold(tenant_id: uuid.UUID, slug: str, names: Sequence[str], reason: str) -> Policies:
    require_transaction()
    named = [name for name in (names or CLASSES) if name not in KEPT]
    transitions.lock(tenant_id)
    before = policies_of(tenant_id)
    if reason:
        transitions.hold(tenant_id, named, reason)
    else:
        transitions.release(tenant_id, named)
    after = policies_of(tenant_id)
    values = [{row.policy.data_class: row.policy.hold_reason for row in found.rows} for found in (before, after)]
    if changes := audit.differences(*values):
        action = "retention.hold" if reason else "retention.release"
        audit.record_of_platform(action, OBJECT, tenant_id, slug, changes, tenant_id)
    return after
