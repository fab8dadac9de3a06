"""The secrets that a definition names: what is known of them, and a lock that keeps them while a use begins."""

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
    """What the tenant's secrets are, to check a definition with: none are read for a definition that names none."""
    return known_secrets() if names_secrets(definition) else KnownSecrets()


def keep_secrets(definition: Json) -> None:
    """No secret that the definition names is deleted before the transaction ends: a use is about to begin.

    Call it before the definition is checked. ``deleteSecret`` waits, and then finds the use. Requires a transaction.
    """
    if names_secrets(definition) and not only_tried():
        lock_keys(sorted(set(_NAMED.findall(canonical_json(definition).decode()))))
