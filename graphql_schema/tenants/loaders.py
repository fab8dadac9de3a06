"""Load related data of many tenants at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from graphql_schema.planning import Selected
from tenants.plan_queries import plans_by_slug


class _Tenant(Protocol):
    plan_slug: str


def plans_of_tenants(tenants: Sequence[_Tenant], field: Selected) -> list[object]:
    found = plans_by_slug(sorted({tenant.plan_slug for tenant in tenants}))
    return [field.make(found[tenant.plan_slug]) for tenant in tenants]
