"""The link of each notice leads to a page of the portal that shows what the notice is about."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.urls import resolve

from automate.kernel.tenancy import acting_for
from automate.notices.kinds import APPROVAL, BUDGET, DIGEST, FAILING, FAILURE, HOST, KINDS
from automate.notices.links import url_of
from tests.support.api import Api
from tests.support.approvals import ask
from tests.support.people import new_member
from tests.support.plane import Plane

ROUTES = re.findall(r'<Route path="([^"/*][^"*]*)"', (Path(__file__).parents[2] / "portal/src/app.tsx").read_text())
PAGES = {
    FAILURE: "runs/:id",
    FAILING: "workflows/:slug",
    APPROVAL: "approvals/:id",
    BUDGET: "settings/:tab",
    HOST: "breakers",
    DIGEST: "failures",
}


def path_of(plane: Plane, kind: str, cause: str) -> str:
    with acting_for(plane.tenant):
        return urlsplit(url_of(kind, cause, {"run": "a b", "workflow": "a/b"})).path


def test_each_kind_has_its_page() -> None:
    assert set(PAGES) == set(KINDS)
    assert set(PAGES.values()) <= set(ROUTES)


@pytest.mark.parametrize("kind", KINDS)
def test_link_leads_to_a_page_of_the_portal(plane: Plane, kind: str) -> None:
    path = path_of(plane, kind, "a/b")
    begin = f"/portal/{plane.tenant.slug}/"
    assert path.startswith(begin)
    assert re.fullmatch(re.sub(":[a-z]+", "[^/]+", PAGES[kind]), path.removeprefix(begin))
    assert resolve(path).func.__name__ == "_portal"


def test_link_of_an_approval_has_the_id_of_the_api(plane: Plane, tenant: Any) -> None:
    new_member(plane.tenant, "owner")
    ask(plane)
    ((cause,),) = plane.rows("SELECT cause FROM notice WHERE kind = 'approval'")
    found = Api(tenant.token).data(
        "query ($id: ID!) { node(id: $id) { __typename } }",
        id=unquote(path_of(plane, APPROVAL, cause).rpartition("/")[2]),
    )
    assert found == {"node": {"__typename": "Approval"}}
