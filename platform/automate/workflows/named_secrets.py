"""The secrets that a definition names: their rules, and a lock that keeps them while a use starts."""

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
    """The tenant's secrets for checking a definition. A definition without secrets reads none."""
    return known_secrets() if names_secrets(definition) else KnownSecrets()


def keep_secrets(definition: Json) -> None:
    """Keep the named secrets from being deleted until the transaction ends, because a use is about to start.

    Call it before the definition is checked. ``deleteSecret`` waits, and then finds the use. Requires a transaction.
    """
    if names_secrets(definition) and not only_tried():
        lock_keys(sorted(set(_NAMED.findall(canonical_json(definition).decode()))))
