"""Creates the two tenants of a new installation."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from automate.kernel.permissions import PLATFORM_ROLE
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.transactions import in_transaction
from tenants.models import ApiToken, Tenant
from tenants.provisioning import create_spare_schema, spare_schema_count
from tenants.routers import ADMIN
from tenants.services import FIRST_TOKEN, OWNER, upsert_tenants
from tenants.specs import TenantSpec
from tenants.tokens import mint

ACME, GLOBEX = "acme", "globex"
PLATFORM = "platform"
DEMO_TOKEN = "demo"  # noqa: S105 - its name

ALLOWED_NETWORKS = {ACME: ["127.0.0.0/8"], GLOBEX: []}
"""Acme's connectors may reach this machine, for local receivers. Globex's connectors must not, until ``upsertTenants``
allows this."""


def ensure_demo_tenants() -> dict[str, str]:
    """Create the demo tenants. Returns new tokens: one for each tenant, and one for the platform.

    The keys of the result are the slugs of the tenants, and ``platform``.

    Needs the administrator's connection, or prepared schemas. Raises CONFLICT if another tenant has one of the slugs.
    """
    with acting_for_platform("demo tenants", OPERATOR_ROLE):
        known = set(Tenant.objects.filter(slug__in=list(ALLOWED_NETWORKS)).values_list("slug", flat=True))
    specs = [
        TenantSpec(f"demo-{slug}", slug, slug.capitalize(), allowed_networks=None if slug in known else tuple(networks))
        for slug, networks in ALLOWED_NETWORKS.items()
    ]
    if ADMIN in settings.DATABASES:
        while spare_schema_count() < len(specs):
            create_spare_schema()
    upsert_tenants(specs)
    with acting_for_platform("demo tenants", OPERATOR_ROLE), in_transaction():
        return _fresh_tokens()


def _fresh_tokens() -> dict[str, str]:
    tenants = list(Tenant.objects.filter(slug__in=list(ALLOWED_NETWORKS)))
    # Revoke the first tokens as well: no user has received them.
    demo = Q(tenant__in=tenants, name__in=[DEMO_TOKEN, FIRST_TOKEN]) | Q(tenant__isnull=True, name=DEMO_TOKEN)
    ApiToken.objects.filter(demo, revoked_at__isnull=True).update(revoked_at=Now())
    minted = {PLATFORM: mint(None, DEMO_TOKEN, PLATFORM_ROLE)}
    for tenant in tenants:
        minted[tenant.slug] = mint(tenant, DEMO_TOKEN, OWNER)
    ApiToken.objects.bulk_create(row for _, row in minted.values())
    return {name: token for name, (token, _) in minted.items()}
