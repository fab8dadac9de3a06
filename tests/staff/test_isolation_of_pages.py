"""The part of the isolation report that asks for pages of the admin: it finds nothing, and it finds a page that leaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automate.cli.own_routes import read_routes
from automate.isolation.admin_pages import Callers, probe_admin
from automate.isolation.findings import Findings
from automate.isolation.probe_connection import ProbeConnection
from automate.isolation.report import OTHER_PLACES
from automate.isolation.routes import Owned
from automate.isolation.values import KnownValues
from graphql_schema.ids import global_id
from tests.api.conftest import serving
from tests.staff.conftest import Filled, fill
from tests.support import staff
from tests.support.api import Api
from tests.tenancy.test_isolation_report import LEAKS

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]
PLAIN = "from automate.web.asgi import application"
LEAK = """
from tenants.staff import tenant_pages
tenant_pages.WorkflowPage.search_help_text = property(lambda _page: workflows_of_all(""))
"""
UNGUARDED = """
from automate.web.asgi import application
from django.http import HttpResponse
from tenants.staff.middleware import StaffMiddleware
StaffMiddleware._admitted = lambda self, request: HttpResponse("a page")
"""
"""A web process whose admin asks nobody to sign in."""


def probed(program: str, owner: Filled, prober: Filled, *, part: str = "") -> Findings:
    """part: of the patterns of the pages that are asked for."""
    findings, known = Findings(), KnownValues()
    for name, row_id in (("Event", owner.event), ("ExecutionRun", owner.run), ("OutboxJob", owner.job)):
        known.ids[name] = [global_id(name, row_id)]
    foreign = {**OTHER_PLACES, "source": ["owned-source"]}
    owned = Owned(foreign, prober=prober.ref.slug, owner=owner.ref.slug)
    pages = [route for route in read_routes() if route.is_admin and part in route.pattern]
    with serving(program) as host:
        wire = ProbeConnection(f"http://{host}")
        session = wire.signed_in(staff.person(superuser=True).email, staff.PASSWORD)
        needles = {*known.needles(), "marks-of-the-owner"}
        probe_admin(wire, pages, owned, known, needles, Callers(session, (prober.token, "")), findings)
        wire.close()
    return findings


@pytest.fixture
def pair(tenant_factory: Callable[[], Any]) -> tuple[Filled, Filled]:
    from automate.kernel.sql import execute
    from automate.kernel.tenancy import acting_for

    owner, prober = (fill(tenant_factory(), 1) for _ in range(2))
    source = {"slug": "owned-source", "scheme": "UNSIGNED"}
    Api(owner.token).data("mutation ($i: SaveSourceInput!) { saveSource(input: $i) { errors { code } } }", i=source)
    with acting_for(owner.ref):
        execute("UPDATE workflow SET name = 'marks-of-the-owner'")
    return owner, prober


def test_pages_of_one_tenant_show_nothing_of_another(pair: tuple[Filled, Filled]) -> None:
    findings = probed(PLAIN, *pair)
    assert findings.leaks == [], "\n".join(leak.why[-600:] + " " + leak.how for leak in findings.leaks[:5])
    assert findings.problems == []
    assert findings.tried["admin pages, as staff"] > 50
    assert findings.tried["admin pages, as no staff"] > 100


def test_page_that_leaks_is_found(pair: tuple[Filled, Filled]) -> None:
    """The sabotaged twin."""
    findings = probed(LEAKS + LEAK, *pair, part="workflows/workflow/")
    assert any("marks-of-the-owner" in leak.why and "/workflows/workflow/" in leak.how for leak in findings.leaks)


def test_session_that_sees_nothing_at_all_proves_nothing(pair: tuple[Filled, Filled]) -> None:
    """The sabotaged twin of the control: pages that are always empty would pass each search."""
    findings = probed(UNGUARDED, *pair, part="workflows/workflow/")
    assert any("prove nothing" in problem for problem in findings.problems)
    assert any("not staff" in leak.why for leak in findings.leaks)
