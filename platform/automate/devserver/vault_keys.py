"""Chooses the secrets of each process. Only workers can decrypt the tenants' secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from automate.project.home import kept_secret
from automate.vault.keys import PRIVATE, PUBLIC, for_process, new_pair, public_of

FIRST_KEY = "k1"


def environ_for(home: Path, environ: Mapping[str, str], process: str) -> dict[str, str]:
    # `process` is web, relay, worker, scheduler or migrate. Without a key pair in the environment, the installation's own.
    given = dict(environ)
    if not given.get(PUBLIC) and not given.get(PRIVATE):
        given[PRIVATE] = kept_secret(home, "vault_private_key", lambda: new_pair(FIRST_KEY)[1])
    if not given.get(PUBLIC):
        given[PUBLIC] = public_of(given[PRIVATE].split(",")[0])
    return for_process(given, process)
