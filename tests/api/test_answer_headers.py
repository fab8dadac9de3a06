"""Answers tell browsers not to guess their type, and caches not to keep them."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from django.test import Client

from tests.support.api import Api

GUARDS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def guards(headers: Any) -> dict[str, str | None]:
    return {name: headers.get(name) for name in GUARDS}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("POST", "/graphql", 401),
        ("GET", "/graphql/stream", 405),
        ("GET", "/nothing", 404),
        ("GET", "/t/nobody/hooks/none", 404),
        ("GET", "/t/nobody/approvals/none", 404),
    ],
)
def test_answers_are_neither_guessed_nor_kept(database: Any, method: str, path: str, status: int) -> None:
    answer = Client().generic(method, path, b"{}", content_type="application/json")
    assert (answer.status_code // 100, guards(answer.headers)) == (status // 100, GUARDS)


def test_answers_of_the_api_and_of_webhooks_are_guarded(api: Api, tenant: Any) -> None:
    sent: dict[str, Any] = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {tenant.token}"}}
    assert guards(Client().post("/graphql", b'{"query": "{ __typename }"}', **sent).headers) == GUARDS
    assert guards(Client().post(f"/t/{tenant.ref.slug}/hooks/api").headers) == GUARDS


def test_refusal_before_any_view_is_guarded(web: str) -> None:
    """Of a body that is too large, which no middleware sees."""
    answer = httpx2.post(
        f"http://{web}/graphql", content=b" " * 20_000_000, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, guards(answer.headers)) == (413, GUARDS)


def test_schema_is_kept_by_caches(database: Any) -> None:
    answer = Client().get("/schemas/workflow-1.json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("public")
