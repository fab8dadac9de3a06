"""The platform's verb on plans: one transaction, audited, that changes the budgets of all tenants of the plan with it."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from automate.audit import services as audit
from automate.budgets.planned.services import derive_budgets
from automate.kernel.errors import Json
from automate.kernel.ids import new_id
from automate.kernel.revisions import check_revision, write_revision
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.transactions import in_transaction
from automate.outbox.claims import weigh_lanes
from tenants import claims
from tenants.models import Plan, Tenant
from tenants.plan_specs import PlanSpec, check_plan


def save_plan(spec: PlanSpec, expected_revision: int | None) -> uuid.UUID:
    """Make a plan, or change it for all of its tenants. A tenant's own lower limits stay. Returns the plan's id.

    Raises NormalizedError BAD_USER_INPUT or LIMIT_EXCEEDED for the spec, CONFLICT for a revision that has moved on.
    """
    wanted = check_plan(spec)
    budgets: list[Json] = [asdict(one) for one in wanted.budgets]
    values = {"name": wanted.name, "weight": wanted.weight, "budgets": budgets}
    with acting_for_platform("save a plan", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        # The tenants of the plan stay the same meanwhile.
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
        told = {**changes, "tenants": (None, len(tenants))}
        # Each tenant of the plan reads an entry of its own.
        entries = [(audit.entry("plan.save", "plan", row_id, spec.slug, told), tenant) for tenant in (None, *tenants)]
        audit.record_all_of_platform(entries)
    return row_id
