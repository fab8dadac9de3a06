"""``automate vault rotate``: encrypts the secrets of all tenants with the current keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from automate.endpoints import sealed_secrets
from automate.endpoints.models import WebhookEndpoint
from automate.endpoints.places import endpoint_place
from automate.events.models import Source
from automate.kernel.principals import Principal, acting_as
from automate.kernel.roles import DIRECTORY_ROLE
from automate.kernel.tenancy import acting_for, acting_for_platform, current_tenant
from automate.kernel.transactions import in_transaction
from automate.triggers.places import source_place
from automate.vault import sealing
from automate.vault.envelope import current_prefix
from automate.vault.rotation import Resealed, record_rotation, rewrap_secrets
from tenants.queries import all_tenants

Stored = TypeVar("Stored")
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
            for reseal in (rewrap_secrets, _reseal_endpoints, _reseal_sources):
                part = reseal()
                done.add(Resealed(part.values, [f"{tenant.slug}: {one}" for one in part.unopened]))
    reached(len(tenants), len(tenants))
    return done


def _reseal_endpoints() -> Resealed:
    return _resealed("webhook_endpoint", WebhookEndpoint, endpoint_place, sealed_secrets.resealed)


def _reseal_sources() -> Resealed:
    return _resealed("source", Source, source_place, _resealed_version)


def _resealed_version(stored: dict[str, str], place: str) -> dict[str, str]:
    return {**stored, "sealed": sealing.resealed(stored["sealed"], place)}


def _resealed(
    kind: str,
    model: type[Source | WebhookEndpoint],
    place_of: Callable[[uuid.UUID, uuid.UUID], str],
    resealed: Callable[[Stored, str], Stored],
) -> Resealed:
    # Secrets that are saved meanwhile are not overwritten.
    done = Resealed()
    for row in model.objects.exclude(secrets=[]):
        place, name = place_of(current_tenant().id, row.id), f"{kind.replace('_', ' ')} {row.slug}"
        new = [done.attempt(name, partial(resealed, stored, place), stored) for stored in row.secrets]
        if new == row.secrets:
            continue
        with in_transaction():
            written = model.objects.filter(id=row.id, secrets=row.secrets).update(secrets=new)
            record_rotation(kind, written)
        done.values += written and sum(old != now for old, now in zip(row.secrets, new, strict=True))
    return done
