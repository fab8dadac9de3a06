"""Reads and locks the secrets that a definition names.

A definition is checked against the rules of these secrets. A locked secret cannot be deleted while something starts to
use it.
"""

from __future__ import annotations

import re

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json
from automate.kernel.transactions import only_tried
from automate.vault.known import known_secrets
from automate.vault.rules import KnownSecrets
from automate.vault.transitions import lock_keys
from automate.workflows.call_problems import marked

_NAMED = re.compile(r"\$secret:([A-Z][A-Z0-9_]*)")


def names_secrets(definition: Json) -> bool:
    return next(marked(definition, ()), None) is not None


def secrets_for(definition: Json) -> KnownSecrets:
    """Return the tenant's secrets for checking a definition. Reads nothing if the definition names no secret."""
    return known_secrets() if names_secrets(definition) else KnownSecrets()


def keep_secrets(definition: Json) -> None:
    """Until the transaction ends, prevent the deletion of the secrets in a definition.

    Requires a transaction.

    Call this before the definition is checked. A concurrent ``deleteSecret`` waits, and then finds that the secret is
    in use.
    """
    if names_secrets(definition) and not only_tried():
        lock_keys(sorted(set(_NAMED.findall(canonical_json(definition).decode()))))
