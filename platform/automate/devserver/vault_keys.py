"""Chooses the secrets that each process of an installation gets. Only workers can decrypt the tenants' secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from automate.project.home import kept_secret
from automate.vault.keys import PRIVATE, PUBLIC, for_process, new_pair, public_of

FIRST_KEY = "k1"


def environ_for(home: Path, environ: Mapping[str, str], process: str) -> dict[str, str]:
    """Return the supervisor's environment with the keys that one process may have.

    ``process`` is web, relay, worker, scheduler or migrate. If the environment has no key pair, the installation's own
    is used.
    """
    given = dict(environ)
    if not given.get(PUBLIC) and not given.get(PRIVATE):
        given[PRIVATE] = kept_secret(home, "vault_private_key", lambda: new_pair(FIRST_KEY)[1])
    if not given.get(PUBLIC):
        given[PUBLIC] = public_of(given[PRIVATE].split(",")[0])
    return for_process(given, process)
