"""Whether what is stored sealed can be opened with the keys of this environment: after a restore it is the keys that are wrong."""

from __future__ import annotations

from collections.abc import Iterator

from automate.endpoints import services as endpoints
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import DIRECTORY_ROLE
from automate.project.cli.checkup import queries
from automate.project.cli.checkup.finding import Finding, fail, ok
from automate.triggers import sources
from automate.vault.sealing import key_of, open_sealed

MOST_TENANTS = 200
"""Looked through for a secret: one statement each."""

MEND = (
    "Start with the AUTOMATE_SECRET_KEY and AUTOMATE_MASTER_KEYS that sealed it. If they are lost, give the sources and "
    "webhook endpoints their secrets again: saveSource, saveWebhookEndpoint."
)
_PLACES = {"source": sources.sealed_for, "webhook endpoint": endpoints.sealed_for}


def sealed(url: str) -> Iterator[Finding]:
    """url: the application's. One secret of each key that sealed any."""
    tried: set[str] = set()
    try:
        with queries.connected(url) as connection:
            queries.as_role(connection, DIRECTORY_ROLE)
            for tenant_id, schema, tenant in queries.rows(connection, queries.TENANTS, [MOST_TENANTS]):
                queries.as_tenant(connection, schema)
                for kind, row_id, slug, secrets in queries.rows(connection, queries.SEALED):
                    for text in secrets:
                        if key_of(text) not in tried:
                            tried.add(key_of(text))
                            yield _tried(text, _PLACES[kind](tenant_id, row_id), f"{tenant}'s {kind} {slug}")
    except queries.AWAY as error:
        said = " ".join(str(error).split())
        yield fail(f"The stored secrets cannot be read: {said}", "Bring the tables up to date: automate migrate")


def _tried(text: str, context: str, whose: str) -> Finding:
    try:
        open_sealed(text, context)
    except NormalizedError as error:
        return fail(f"A stored secret, of {whose}, cannot be opened: {error.__cause__}", MEND)
    return ok(f"Stored secrets open with the key {key_of(text)}")
