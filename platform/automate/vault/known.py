"""The names and rules of the current tenant's secrets."""

from __future__ import annotations

from automate.vault.queries import secrets
from automate.vault.resolving import known_names
from automate.vault.rules import KnownSecrets


def known_secrets() -> KnownSecrets:
    """Read the names and rules of all secrets of the current tenant."""
    return KnownSecrets(frozenset(known_names()), {row.rule.name: row.rule for row in secrets()})
