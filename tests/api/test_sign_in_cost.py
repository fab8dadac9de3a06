"""Requests with a token pay nothing for people; a member's request costs a pinned number of statements."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.kernel import access_changes
from tests.support.api import Api
from tests.support.browsers import person, signed_in
from tests.support.tree import ROOT

VIEWER = "{ viewer { name } }"


def statements(act: Any) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert "errors" not in act().json()
    return [query["sql"] for query in queries]


def test_request_with_a_token_costs_one_statement_also_with_a_sessions_cookie(tenant: Any) -> None:
    browser = signed_in(person((tenant.ref, "owner")))
    plain, with_cookie = Api(tenant.token), Api(tenant.token, client=browser.client)
    for api in (plain, with_cookie):
        access_changes.changed()
        found = statements(lambda api=api: api.post({"query": VIEWER}))
        assert len(found) == 1, found
        assert "api_token" in found[0]


def test_members_request_costs_three_statements_by_key(tenant: Any) -> None:
    browser = signed_in(person((tenant.ref, "owner")))
    browser.tenant(tenant.ref.slug, VIEWER)
    found = statements(lambda: browser.tenant(tenant.ref.slug, VIEWER))
    tables = ["browser_session", "person", "membership"]
    assert [table in text for table, text in zip(tables, found, strict=True)] == [True] * 3


def test_webhook_with_cookies_loads_no_session(tenant: Any) -> None:
    browser = signed_in(person((tenant.ref, "owner")))
    with CaptureQueriesContext(connection) as queries:
        browser.client.post(f"/t/{tenant.ref.slug}/hooks/none", b"{}", content_type="application/json")
    assert not [query for query in queries if "browser_session" in query["sql"] or "person" in query["sql"]]


@pytest.mark.slow
def test_start_of_web_imports_no_views_of_sign_in(database: Any) -> None:
    """They are imported when the first person signs in."""
    program = (
        "import sys; from automate.project import asgi, urls; "
        "print([name for name in ('allauth.headless.account.views', 'fido2', 'tenants.sign_in.urls') if name in sys.modules])"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environ, cwd=ROOT
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
