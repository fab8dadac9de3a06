"""The secrets of the current tenant as plain data, for computations without a database or environment."""

from __future__ import annotations

from automate.vault.queries import secrets
from automate.vault.resolving import known_names
from automate.vault.rules import KnownSecrets


def known_secrets() -> KnownSecrets:
    """Names and rules of all secrets, never a value."""
    return KnownSecrets(frozenset(known_names()), {row.rule.name: row.rule for row in secrets()})
