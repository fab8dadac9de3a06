"""Functions that read and lock the secrets in a definition."""

from __future__ import annotations

import re

from automate.kernel.canonical import canonical_json
from automate.kernel.json_values import JsonValue
from automate.kernel.transactions import only_tried
from automate.vault.known import known_secrets
from automate.vault.rules import KnownSecrets
from automate.vault.transitions import lock_keys
from automate.workflows.call_problems import marked

_NAMED = re.compile(r"\$secret:([A-Z][A-Z0-9_]*)")


def names_secrets(definition: JsonValue) -> bool:
    return next(marked(definition, ()), None) is not None


def secrets_for(definition: JsonValue) -> KnownSecrets:
    """Return the tenant's secrets for a caller that checks a definition.

    The result is empty if the definition names no secret.
    """
    return known_secrets() if names_secrets(definition) else KnownSecrets()


def keep_secrets(definition: JsonValue) -> None:
    # A concurrent `deleteSecret` waits, and then finds that the secret is in use. Call this before the check.
    if names_secrets(definition) and not only_tried():
        lock_keys(sorted(set(_NAMED.findall(canonical_json(definition).decode()))))
