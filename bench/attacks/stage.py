"""The system under attack, started with the code of the current directory's checkout.

The parent runs this file with the Python of the measured checkout, so only names that old checkouts have are imported.
It prints one JSON object: ``{port, web_pid, database, secret, victim, attacker}``. ``database`` is the superuser's URL,
``secret`` signs both tenants' webhooks, a tenant is ``{slug, token, schema}``. The end of stdin stops the system.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from bench.stopping import signals_raise_exit
from bench.system import running_system, set_up_django

SECRET = "a secret of the bench's signed source"
LISTED_RUNS = 200
PROCESSES = ("web", "relay", "worker", "scheduler")


def _member(slug: str) -> dict[str, Any]:
    """A tenant with the sources ``open`` and ``signed``, a published workflow and a token of the owner."""
    tenant_module, doors, kernel = map(
        importlib.import_module, ("bench.tenant", "automate.triggers.sources", "automate.kernel.tenancy")
    )
    tokens, models = map(importlib.import_module, ("tenants.tokens", "tenants.models"))
    ref = tenant_module.make_tenant(slug)
    with kernel.acting_for_platform("a token for the bench"):
        token, row = tokens.mint(models.Tenant.objects.get(id=ref.id), "bench", "owner")
        row.save()
    intake = {"rate_limit": {"per_second": 10_000, "burst": 20_000}}
    with kernel.acting_for(ref):
        for source, scheme, secrets in (("open", "UNSIGNED", None), ("signed", "HMAC", [SECRET])):
            doors.save_source(
                slug=source, scheme=scheme, secrets=secrets, options=None, intake=intake, expected_revision=None
            )
    tenant_module.set_up(ref, "listed", [tenant_module.log_step("s0")])
    return {"slug": slug, "token": token, "schema": ref.schema, "ref": ref}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    # Output of libraries and children must not mix with the answers.
    os.dup2(2, 1)
    with signals_raise_exit(), running_system() as system:
        set_up_django(system)
        importlib.import_module("tenants.provisioning").migrate()
        victim, attacker = _member("victim"), _member("attacker")
        importlib.import_module("bench.tenant").accept(victim["ref"], "listed", LISTED_RUNS)
        for name in PROCESSES:
            system.start(name)
        system.wait_until_ready()
        importlib.import_module("bench.drain").await_no_open_jobs(victim["ref"])
        database = importlib.import_module("automate.devserver.database_urls").with_parts(
            system.superuser_url, database="automate"
        )
        for member in (victim, attacker):
            del member["ref"]
        told = {
            "port": system.port,
            "web_pid": system.processes["web"].pid,
            "database": database,
            "secret": SECRET,
            "victim": victim,
            "attacker": attacker,
        }
        print(json.dumps(told), file=answers, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
