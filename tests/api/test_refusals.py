"""What goes wrong around the views is refused in the same words as what goes wrong in them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from automate.kernel.tenancy import acting_for_platform
from tests.conftest import NewTenant
from tests.support.api import Api, body_of
from tests.support.facts import naming
from tests.support.servers import Servers


def _post(tenant: NewTenant, **headers: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.post(f"/t/{tenant.ref.slug}/hooks/none", b"{}", content_type="application/json", headers=headers)


def test_a_database_that_is_away_is_unavailable(tenant: NewTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_slug: str) -> None:
        raise OperationalError("terminating connection due to unexpected postmaster exit")

    monkeypatch.setattr("tenants.middleware.tenant_by_slug", away)
    answer = _post(tenant)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "UNAVAILABLE", "1")
    assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"]
    assert "postmaster" not in answer.content.decode()


def test_a_fault_in_a_middleware_says_nothing_of_its_inside(tenant: NewTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_slug: str) -> None:
        raise RuntimeError("SELECT secret")

    monkeypatch.setattr("tenants.middleware.tenant_by_slug", broken)
    answer = _post(tenant)
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "SELECT" not in answer.content.decode()


def test_a_foreign_host_is_refused(tenant: NewTenant) -> None:
    answer = _post(tenant, host="evil.example")
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


TOO_LONG = naming("database", "less")


def test_statement_that_takes_too_long_in_a_list_is_unavailable(api: Api, tenant: NewTenant, servers: Servers) -> None:
    """Another transaction holds the table, and the statement's time ends. What needs no such table is answered."""
    with psycopg.connect(servers.admin_url) as other:
        other.execute(f"LOCK TABLE {tenant.ref.schema}.event IN ACCESS EXCLUSIVE MODE")
        with acting_for_platform("a test"), connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 200")
        try:
            answer = api.answer("{ runs { totalCount } events { edges { node { id } } } }")
        finally:
            connection.close()
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"], error["message"]) == (["events"], "UNAVAILABLE", TOO_LONG)
    assert error["extensions"]["details"] == {"retry_after_seconds": 1}


def test_graphql_without_a_database_is_unavailable(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_digest: str) -> None:
        raise OperationalError("terminating connection due to unexpected postmaster exit")

    monkeypatch.setattr("tenants.authentication.find_token", away)
    response = api.post({"query": "{ __typename }"})
    error = body_of(response)["errors"][0]
    assert (response.status_code, error["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert (response["Retry-After"], error["message"]) == ("1", naming("database"))


def test_fault_in_a_field_says_nothing_of_its_inside(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("SELECT secret")

    monkeypatch.setattr("graphql_schema.events.queries.events_page", broken)
    answer = api.answer("{ events { totalCount } }")
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "SELECT" not in str(answer)
