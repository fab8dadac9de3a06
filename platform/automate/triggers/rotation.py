"""Encrypts the secrets of sources again, with the first key of AUTOMATE_MASTER_KEYS."""

from __future__ import annotations

from functools import partial

from automate.events.models import Source
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import in_transaction
from automate.triggers.queries import sealed_for
from automate.vault.rotation import Resealed, record_rotation
from automate.vault.sealing import resealed


def reseal_sources() -> Resealed:
    """Encrypt the secrets of the current tenant's sources again. A source that changes meanwhile is skipped."""
    done = Resealed()
    for row in Source.objects.exclude(secrets=[]):
        place, name = sealed_for(current_tenant().id, row.id), f"source {row.slug}"
        new = [
            {**one, "sealed": done.attempt(name, partial(resealed, one["sealed"], place), one["sealed"])}
            for one in row.secrets
        ]
        if new == row.secrets:
            continue
        with in_transaction():
            written = Source.objects.filter(id=row.id, secrets=row.secrets).update(secrets=new)
            record_rotation("source", written)
        done.values += written and sum(old != now for old, now in zip(row.secrets, new, strict=True))
    return done
