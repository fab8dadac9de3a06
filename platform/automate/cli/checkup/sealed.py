"""Checks whether the encryption keys can decrypt the stored values."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping

from django.conf import settings

from automate.cli.checkup import queries
from automate.cli.checkup.finding import Finding, fail, ok, warn
from automate.endpoints.places import endpoint_place
from automate.endpoints.sealed_secrets import open_secret
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import DIRECTORY_ROLE
from automate.triggers.places import source_place
from automate.vault.envelope import is_envelope
from automate.vault.keys import VaultKeys
from automate.vault.places import secret_place
from automate.vault.sealing import key_of

MOST_TENANTS = 200
"""The number of tenants that are searched for a secret, with one statement for each."""

FIX = (
    "Use the AUTOMATE_SECRET_KEY and AUTOMATE_MASTER_KEYS that encrypted the secret. Give workers the matching "
    "AUTOMATE_VAULT_PRIVATE_KEYS. If these keys are lost, set all secrets again, also those of sources and endpoints: "
    "saveSource, saveWebhookEndpoint, setSecret."
)
ROTATE = "Run `automate vault rotate` with the workers' settings; then you can remove the older key."
_PLACES: Mapping[str, Callable[[uuid.UUID, uuid.UUID, str], str]] = {
    "source": lambda tenant_id, row_id, _slug: source_place(tenant_id, row_id),
    "webhook endpoint": lambda tenant_id, row_id, _slug: endpoint_place(tenant_id, row_id),
    "secret": lambda tenant_id, _row_id, slug: secret_place(tenant_id, *slug.split("@")),
}


def sealed(url: str) -> Iterator[Finding]:
    """Check each encryption key in use: decrypt one stored value that was encrypted with this key."""
    tried: set[str] = set()
    try:
        with queries.connected(url) as connection:
            queries.as_role(connection, DIRECTORY_ROLE)
            for tenant_id, schema, tenant in queries.rows(connection, queries.TENANTS, [MOST_TENANTS]):
                queries.as_tenant(connection, schema)
                for kind, row_id, slug, secrets in queries.rows(connection, queries.SEALED):
                    for text in secrets:
                        if (key := ".".join(text.split(".")[:2])) not in tried:
                            tried.add(key)
                            yield _tried(text, _PLACES[kind](tenant_id, row_id, slug), f"{tenant}'s {kind} {slug}")
    except queries.AWAY as error:
        said = " ".join(str(error).split())
        yield fail(f"The stored secrets cannot be read: {said}", "Bring the tables up to date: automate migrate")


def _tried(text: str, context: str, whose: str) -> Finding:
    keys: VaultKeys = settings.AUTOMATE_VAULT_KEYS
    if is_envelope(text) and key_of(text) not in keys.private:
        if key_of(text) == keys.public_id:
            return ok(f"Stored secrets are encrypted with the vault's key {key_of(text)}, and workers can decrypt them")
        return warn(f"A stored secret of {whose} is encrypted with the vault's older key {key_of(text)}", ROTATE)
    try:
        open_secret(text, context)
    except NormalizedError as error:
        return fail(f"A stored secret of {whose} cannot be decrypted: {error.__cause__}", FIX)
    return ok(f"Stored secrets can be decrypted with the key {key_of(text)}")
