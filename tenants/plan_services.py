"""The platform's operations on plans. Each operation writes an audit entry."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from automate.audit import services as audit
from automate.budgets.planned.services import derive_budgets
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.revisions import DELETE_IT, check_revision, write_revision
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.transactions import in_transaction
from automate.outbox.claims import weigh_lanes
from tenants import claims
from tenants.models import Plan, Tenant
from tenants.plan_specs import PlanSpec, check_plan
from tenants.plans import STANDARD_PLAN

BILLED = "prices"
"""A tenant's audit entry states that prices changed, without the prices. Admins read the audit record; only owners see
prices."""


def save_plan(spec: PlanSpec, expected_revision: int | None) -> uuid.UUID:
    """Create or change a plan, and return its id.

    If a tenant's own limit is lower than the plan's limit, the tenant keeps its own limit.

    Raises BAD_USER_INPUT or LIMIT_EXCEEDED if the spec is invalid. Raises CONFLICT if ``expected_revision`` is not the
    current revision.
    """
    wanted = check_plan(spec)
    budgets: list[JsonValue] = [asdict(one) for one in wanted.budgets]
    values = {
        "name": wanted.name,
        "weight": wanted.weight,
        "budgets": budgets,
        "prices": wanted.millionths,
        "retention": dict(wanted.retention),
    }
    with acting_for_platform("save a plan", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        # No tenant enters or leaves the plan until the transaction ends.
        claims.lock_tenants()
        found = Plan.objects.filter(slug=spec.slug).first()
        check_revision(found, expected_revision)
        row_id: uuid.UUID = found.id if found else new_id()
        before = {name: getattr(found, name) for name in values} if found else {}
        changes = audit.differences(before, values)
        if not changes:
            return row_id
        write_revision(Plan, found, row_id, spec.slug, values)
        tenants = list(Tenant.objects.filter(plan=spec.slug).order_by("id").values_list("id", flat=True))
        if "weight" in changes:
            weigh_lanes(tenants, wanted.weight)
        if "budgets" in changes and tenants:
            derive_budgets(tenants, wanted.budgets)
        recorded = {**changes, "tenants": (None, len(tenants))}
        shown = {name: ((None, "changed") if name == BILLED else change) for name, change in recorded.items()}
        # Each tenant of the plan gets an entry of its own.
        entries = [(audit.entry("plan.save", "plan", row_id, spec.slug, recorded), None)]
        entries += [(audit.entry("plan.save", "plan", row_id, spec.slug, shown), tenant) for tenant in tenants]
        audit.record_all_of_platform(entries)
    return row_id


def delete_plan(slug: str, expected_revision: int | None) -> uuid.UUID:
    """Delete a plan that no tenant has, and return its id.

    Raises NOT_FOUND for an unknown plan. Raises CONFLICT if ``expected_revision`` is not the current revision. Raises
    CONFLICT if a tenant has the plan, or if it is the plan for new tenants.
    """
    with acting_for_platform("delete a plan", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        # No tenant gets the plan until the transaction ends.
        claims.lock_tenants()
        found = Plan.objects.filter(slug=slug).first()
        if found is None:
            raise NormalizedError(
                "NOT_FOUND", f"No plan has the slug {slug[:64]!r}. `plans` lists the plans.", path=["slug"]
            )
        check_revision(found, expected_revision, DELETE_IT)
        if slug == STANDARD_PLAN:
            message = f"New tenants get the plan {slug} when `upsertTenants` names no plan, so it cannot be deleted."
            raise NormalizedError("CONFLICT", message, path=["slug"])
        tenants = Tenant.objects.filter(plan=slug).count()
        if tenants:
            message = (
                f"The plan {slug} still has tenants: {tenants:,}. Give them another plan with `upsertTenants` first."
            )
            raise NormalizedError("CONFLICT", message, details={"tenants": tenants}, path=["slug"])
        gone = {name: (getattr(found, name), None) for name in ("name", "weight", "budgets", "prices", "retention")}
        row_id: uuid.UUID = found.id
        found.delete()
        audit.record_of_platform("plan.delete", "plan", row_id, slug, gone, None)
    return row_id
