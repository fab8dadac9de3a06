"""Reseals the secrets of endpoints: encrypts the secrets with the current keys instead of older keys."""

from __future__ import annotations

from functools import partial

from automate.endpoints.models import WebhookEndpoint
from automate.endpoints.sealed_secrets import resealed
from automate.endpoints.services import sealed_for
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import in_transaction
from automate.vault.rotation import Resealed, record_rotation


def reseal_endpoints() -> Resealed:
    """Reseal the secrets of the current tenant's endpoints. Secrets that are saved meanwhile are not overwritten.

    Raises VAULT_KEY_MISSING if there is no key pair.
    """
    done = Resealed()
    for row in WebhookEndpoint.objects.exclude(secrets=[]):
        place = sealed_for(current_tenant().id, row.id)
        name = f"webhook endpoint {row.slug}"
        new = [done.attempt(name, partial(resealed, stored, place), stored) for stored in row.secrets]
        if new == row.secrets:
            continue
        with in_transaction():
            written = WebhookEndpoint.objects.filter(id=row.id, secrets=row.secrets).update(secrets=new)
            record_rotation("webhook_endpoint", written)
        done.values += written and sum(old != now for old, now in zip(row.secrets, new, strict=True))
    return done
