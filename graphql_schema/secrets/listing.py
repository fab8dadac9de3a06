"""Lists the tenant's secrets, from all secret backends."""

from __future__ import annotations

from automate.vault import queries
from automate.vault.resolving import known_names
from automate.vault.rules import SecretRule
from graphql_schema.secrets.types import Secret, bare_secret, secret_of


def all_secrets() -> list[Secret]:
    """Return all secrets, sorted by name."""
    valued = known_names()
    saved = {row.rule.name: row for row in queries.secrets()}
    return [
        secret_of(saved[name], has_value=name in valued)
        if name in saved
        else bare_secret(SecretRule(name), has_value=True)
        for name in sorted(valued | saved.keys())
    ]


def one_secret(name: str) -> Secret | None:
    # None if it was deleted meanwhile.
    row = queries.secret_by_name(name)
    return secret_of(row, has_value=row.version is not None or name in known_names()) if row is not None else None
