"""Tenants, sources, workflows, rules and budgets: ``python -m soak.prepare``, as the owner of the tables.

Reads ``[{slug, most_at_once, most_runs}, …]`` from its argument; prints the tokens by slug.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

from soak.connectors import register

register()
django.setup()

from automate.kernel.ids import new_id  # noqa: E402 - Django has to be ready before
from automate.kernel.limits import LIMITS  # noqa: E402
from automate.kernel.principals import Principal, acting_as  # noqa: E402
from automate.kernel.sql import execute  # noqa: E402
from automate.kernel.tenancy import acting_for, acting_for_platform  # noqa: E402
from automate.rules.services import save_rule  # noqa: E402
from automate.triggers.sources import save_source  # noqa: E402
from automate.workflows.services import publish_workflow, save_workflow  # noqa: E402
from soak.workflows import KINDS  # noqa: E402
from tenants.directory import tenant_by_id  # noqa: E402
from tenants.provisioning import create_spare_schema  # noqa: E402
from tenants.services import upsert_tenants  # noqa: E402
from tenants.specs import TenantSpec  # noqa: E402
from tests.support.processes import SOURCE, WEBHOOK_SECRET  # noqa: E402

SPEND = """
INSERT INTO budget (id, tenant_id, metric, "window", "limit", action, used, window_start)
VALUES (%s, %s, 'runs', 'month', %s, 'reject', 0, date_trunc('month', now(), 'UTC'))
"""
AT_ONCE = """UPDATE budget SET "limit" = %s WHERE tenant_id = %s AND metric = 'concurrent_runs'"""


def make(slug: str, most_at_once: int, most_runs: int) -> str:
    create_spare_schema()
    with acting_for_platform("a tenant for the soak"):
        spec = TenantSpec(external_id=slug, slug=slug, name=slug, allowed_networks=("127.0.0.0/8",))
        (made,) = upsert_tenants([spec])
        assert execute(AT_ONCE, [most_at_once, made.tenant_id]) == 1
        execute(SPEND, [new_id(), made.tenant_id, most_runs])
    with acting_for(tenant_by_id(made.tenant_id).ref):
        save_source(
            slug=SOURCE,
            scheme="STANDARD_WEBHOOKS",
            secrets=[WEBHOOK_SECRET],
            options=None,
            intake={"rate_limit": {"per_second": LIMITS.source_per_second, "burst": LIMITS.source_burst}},
            expected_revision=None,
        )
        for kind in sorted(KINDS.values(), key=lambda kind: not kind.called):
            definition = {"schema": 1, "steps": list(kind.steps), **kind.definition}
            save_workflow(slug=kind.name, name=kind.name, definition=definition, expected_revision=None)
            publish_workflow(slug=kind.name)
            if not kind.called:
                when: Any = {"==": [{"var": "type"}, f"soak.{kind.name}"]}
                save_rule(slug=kind.name, name=kind.name, workflow=kind.name, when=when, expected_revision=None)
    assert made.token is not None
    return made.token


def main(wanted: list[dict[str, Any]]) -> None:
    with acting_as(Principal(kind="system", name="soak")):
        print(json.dumps({tenant["slug"]: make(**tenant) for tenant in wanted}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
