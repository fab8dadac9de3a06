"""``automate vault rotate``: encrypts the secrets of all tenants with the current keys."""

from __future__ import annotations

from collections.abc import Callable

from automate.endpoints.rotation import reseal_endpoints
from automate.kernel.principals import Principal, acting_as
from automate.kernel.roles import DIRECTORY_ROLE
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.triggers.rotation import reseal_sources
from automate.vault.envelope import current_prefix
from automate.vault.rotation import Resealed, rewrap_secrets
from tenants.queries import all_tenants

OPERATOR = Principal(kind="system", name="automate vault rotate")


def rotate(reached: Callable[[int, int], None]) -> Resealed:
    """Encrypt old values again with the current key. A value is old if an older key has encrypted it.

    The function can be interrupted and repeated. Raises VAULT_KEY_MISSING.
    """
    current_prefix()
    done = Resealed()
    with acting_for_platform("find the tenants whose values are sealed again", DIRECTORY_ROLE):
        tenants = all_tenants()
    for place, tenant in enumerate(tenants):
        reached(place, len(tenants))
        with acting_for(tenant), acting_as(OPERATOR):
            for reseal in (rewrap_secrets, reseal_endpoints, reseal_sources):
                part = reseal()
                done.add(Resealed(part.values, [f"{tenant.slug}: {one}" for one in part.unopened]))
    reached(len(tenants), len(tenants))
    return done
