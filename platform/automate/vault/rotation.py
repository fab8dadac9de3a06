"""Encrypts stored secrets again with the current keys. Other processes can use the secrets meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import in_transaction, require_transaction
from automate.vault.envelope import current_prefix, rewrapped
from automate.vault.models import Secret, SecretVersion
from automate.vault.places import secret_place
from automate.vault.unopened import CannotOpenError

Stored = TypeVar("Stored")
BATCH = 100
"""Number of values in one transaction."""


@dataclass
class Resealed:
    values: int = 0
    """Number of values that were sealed again."""
    unopened: list[str] = field(default_factory=list)
    """Names of the other values, each with the reason."""

    def add(self, other: Resealed) -> None:
        self.values += other.values
        self.unopened += other.unopened

    def attempt(self, name: str, seal: Callable[[], Stored], stored: Stored) -> Stored:
        """Encrypt one value again. A value that cannot be decrypted is returned unchanged."""
        try:
            return seal()
        except CannotOpenError as error:
            self.unopened.append(f"{name}: {error}")
        except NormalizedError as error:
            if not isinstance(error.__cause__, CannotOpenError):
                raise
            self.unopened.append(f"{name}: {error.__cause__}")
        return stored


def rewrap_secrets() -> Resealed:
    """Encrypt the data keys of the current tenant's secrets with the current key pair.

    After an interruption, a new call continues the work. Raises VAULT_KEY_MISSING if there is no key pair.
    """
    names = dict(Secret.objects.values_list("id", "slug"))
    done, after = Resealed(), None
    while True:
        with in_transaction():
            rows = SecretVersion.objects.exclude(sealed__startswith=current_prefix()).order_by("id")
            batch = list((rows.filter(id__gt=after) if after else rows)[:BATCH])
            changed = 0
            for row in batch:
                name = names.get(row.secret_id, "")
                place = secret_place(current_tenant().id, name, row.number)
                new = done.attempt(f"secret {name}@{row.number}", partial(rewrapped, row.sealed, place), row.sealed)
                if new != row.sealed:
                    changed += SecretVersion.objects.filter(id=row.id, sealed=row.sealed).update(sealed=new)
            record_rotation("secret_version", changed)
        done.values += changed
        if len(batch) < BATCH:
            return done
        after = batch[-1].id


def record_rotation(kind: str, values: int) -> None:
    """Write an audit entry about a rotation. Call this function in the transaction of the rotation."""
    require_transaction()
    if values:
        tenant = current_tenant()
        audit.record("vault.rotate", kind, tenant.id, tenant.slug, {"values": (None, values)})
