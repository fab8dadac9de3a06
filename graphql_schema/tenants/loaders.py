"""Load related data of many tenants at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.permissions import VIEW_TENANTS
from graphql_schema.planning import Selected, prefetch
from graphql_schema.tenants.types import Plan, Tenant, plan_of
from tenants.plan_queries import plans_by_slug


@prefetch(Tenant, "plan", VIEW_TENANTS)
def plans_of_tenants(tenants: Sequence[Tenant], _field: Selected) -> list[Plan]:
    found = plans_by_slug(sorted({tenant.plan_slug for tenant in tenants}))
    return [plan_of(found[tenant.plan_slug]) for tenant in tenants]
