"""The portal in Chromium with web and rows alone: what `make test` can say of it in seconds. tests/journeys has the rest."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tests.support import browsers, portal, rows
from tests.support.tree import ROOT

HOSTILE = "<img src=x onerror=alert(1)> \u202e $&{{7*7}}"


def test_person_signs_in_and_reads_a_run(web: str, tenant_factory: Callable[[], Any]) -> None:
    portal.demand_tools()
    portal.demand_build()
    chromium = portal.demand_chromium()
    tenant = tenant_factory()
    with acting_for(tenant.ref):
        flow = rows.flow()
        execute("UPDATE workflow SET name = %s", [HOSTILE])
        rows.run(flow, rows.event({"note": HOSTILE}), state="succeeded")
    # A long name must not make the buttons beside it too small to touch.
    person = browsers.person((tenant.ref, "operator"), name="Wilhelmina Montgomery-Worthington")
    environ = portal.environ(
        PORTAL_BASE=f"http://{web}",
        PORTAL_TENANT=tenant.ref.slug,
        PORTAL_EMAIL=person.email,
        PORTAL_PASSWORD=person.password,
        PORTAL_TITLE=HOSTILE,
        PORTAL_CHROMIUM=str(chromium),
    )
    command = [str(portal.node()), "portal/journeys/smoke.mjs"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environ, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
