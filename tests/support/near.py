"""A tenant whose connectors may reach this machine."""

from __future__ import annotations

from tests.support.plane import Plane


def let_reach_this_machine(plane: Plane) -> None:
    from tenants.services import upsert_tenants
    from tenants.specs import TenantSpec

    slug = plane.tenant.slug
    upsert_tenants([TenantSpec(slug, slug, slug, allowed_networks=("127.0.0.0/8",))])
