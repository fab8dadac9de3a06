"""What goes wrong around the views is refused in the same words as what goes wrong in them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from tests.conftest import NewTenant


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
