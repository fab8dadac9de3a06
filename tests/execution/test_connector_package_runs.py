"""A connector of another package as a step of a run: the example, through the whole engine, against a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS, specs
from actors.sdk import Host
from automate.workflows.validation import check_definition
from tests.support.example_connector import example
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane

SECRET = "hush-hush-token"


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", port=0) as server:
        yield server


@pytest.fixture
def installed() -> Iterator[str]:
    """The example's connector, where the platform finds it."""
    with example() as (package, _):
        made = package.CreateOrder(Host(Guard()))
        registry: Any = CONNECTORS
        registry[made.spec.name] = made
        try:
            yield made.spec.name
        finally:
            del registry[made.spec.name]


@pytest.fixture
def inside(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Plane:
    """A tenant whose steps may reach loopback, and who has a token."""
    let_reach_this_machine(plane)
    monkeypatch.setenv(f"AUTOMATE_SECRET_{plane.tenant.slug.upper().replace('-', '_')}__SHOP_TOKEN", SECRET)
    return plane


def test_example_makes_one_thing_for_one_effect(inside: Plane, server: HTTPServer, installed: str) -> None:
    """The first answer is a failure that may pass; the retry bears the same key, and no row holds the secret."""
    seen: list[Request] = []

    def create(request: Request) -> Response:
        seen.append(request)
        if len(seen) == 1:
            return Response(status=503)
        return Response(json.dumps({"id": "th_1", "you_sent": request.headers["Authorization"]}), status=201)

    server.expect_request("/things", method="POST").respond_with_handler(create)
    given = {
        "base_url": server.url_for("").rstrip("/"),
        "token": "$secret:SHOP_TOKEN",
        "data": {"note": "{{ event.payload.note }}"},
    }
    step = {"key": "make", "uses": installed, "with": given, "retry": {"max_attempts": 3, "initial_seconds": 0.01}}
    assert check_definition({"schema": 1, "steps": [step]}, specs(), None) == []
    inside.publish("orders", [step])
    inside.send({"note": "hello"})
    inside.until(lambda: bool(inside.work() or inside.runs()) and inside.runs() == [("succeeded", "")])
    ((key,),) = inside.rows("SELECT key FROM effect")
    assert [request.headers["Idempotency-Key"] for request in seen] == [key, key]
    assert [request.headers["Authorization"] for request in seen] == [f"Bearer {SECRET}"] * 2
    assert [request.get_json() for request in seen] == [{"note": "hello"}] * 2
    assert inside.effects() == [("make", "confirmed", 2)]
    ((output,),) = inside.rows("SELECT output::text FROM step_run WHERE output IS NOT NULL")
    assert json.loads(output) == {"id": "th_1"}
    tables = inside.root.rows("SELECT tablename FROM pg_tables WHERE schemaname = %s", inside.tenant.schema)
    everything = [inside.root.rows(f'SELECT t::text FROM "{inside.tenant.schema}"."{name}" t') for (name,) in tables]
    assert SECRET not in str(everything)
