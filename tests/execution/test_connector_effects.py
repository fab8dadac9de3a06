"""http.request and graphql.request as steps of runs: what the ledger says of pages and tokens, and what no row holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from automate.kernel.redaction import Scrubber
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane

TOKEN, SECRET = "t0ken-of-the-issuer", "s3cret-of-the-client"


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", port=0) as server:
        yield server


@pytest.fixture
def inside(plane: Plane) -> Plane:
    """A tenant whose steps may reach loopback."""
    let_reach_this_machine(plane)
    return plane


def _run(plane: Plane, uses: str, with_: dict[str, Any]) -> None:
    retry = {"max_attempts": 3, "initial_seconds": 0.01}
    plane.publish("one", [{"key": "a", "uses": uses, "with": with_, "retry": retry}])
    plane.send({"n": 1})
    plane.until(lambda: _ended(plane))


def _ended(plane: Plane) -> bool:
    plane.work()
    return [state for state, _ in plane.runs()] in (["succeeded"], ["failed"])


def test_pages_are_one_effect_and_a_retry_reads_them_anew(inside: Plane, server: HTTPServer) -> None:
    seen: list[tuple[str, str]] = []

    def page(request: Request) -> Response:
        number = request.args["page"]
        seen.append((number, request.headers["Idempotency-Key"]))
        if len(seen) == 2:
            return Response(status=503)
        rows = [f"row {number}"] if number in {"1", "2"} else []
        return Response(json.dumps({"rows": rows}), content_type="application/json")

    server.expect_request("/rows").respond_with_handler(page)
    paginate = {"by": {"number": {"parameter": "page"}}, "items": "rows"}
    _run(inside, "http.request", {"url": server.url_for("/rows"), "paginate": paginate})
    assert [number for number, _ in seen] == ["1", "2", "1", "2", "3"]
    ((key,),) = inside.rows("SELECT key FROM effect")
    assert {sent for _, sent in seen} == {key}
    assert inside.effects() == [("a", "confirmed", 2)]
    assert [(attempt, state) for _, attempt, state, _ in inside.steps()] == [(1, "retrying"), (2, "succeeded")]
    ((output,),) = inside.rows("SELECT output::text FROM step_run WHERE output IS NOT NULL")
    assert json.loads(output)["items"] == ["row 1", "row 2"]


def _echoed_token(plane: Plane, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The other side echoes the token, in what it refuses and in what it gives. All rows of the tenant afterwards."""
    monkeypatch.setenv(f"AUTOMATE_SECRET_{plane.tenant.slug.upper().replace('-', '_')}__CLIENT", SECRET)
    issued = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
    server.expect_request("/token").respond_with_json(issued)
    answers = [503, 200]

    def echo(request: Request) -> Response:
        text = json.dumps({"data": {"echo": request.headers["Authorization"]}})
        return Response(text, status=answers.pop(0), content_type="application/json")

    server.expect_request("/graphql").respond_with_handler(echo)
    oauth2 = {"token_url": server.url_for("/token"), "client_id": "me", "client_secret": "$secret:CLIENT"}
    given = {"url": server.url_for("/graphql"), "query": "{ echo }", "auth": {"oauth2": oauth2}}
    _run(plane, "graphql.request", given)
    assert (plane.runs(), answers) == ([("succeeded", "")], [])
    tables = plane.root.rows("SELECT tablename FROM pg_tables WHERE schemaname = %s", plane.tenant.schema)
    assert len(tables) > 10
    return "".join(
        str(plane.root.rows(f'SELECT t::text FROM "{plane.tenant.schema}"."{name}" t')) for (name,) in tables
    )


def test_neither_token_nor_secret_is_in_any_row(
    inside: Plane, server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = _echoed_token(inside, server, monkeypatch)
    assert TOKEN not in everything
    assert SECRET not in everything
    ((output,),) = inside.rows("SELECT output::text FROM step_run WHERE output IS NOT NULL")
    assert json.loads(output)["data"] == {"echo": "Bearer [redacted]"}


def test_token_that_is_not_scrubbed_would_be_seen(
    inside: Plane, server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin: the call's own scrubber knows nothing of a token that was fetched."""
    monkeypatch.setattr("actors.connectors.auth.Scrubber", lambda _values: Scrubber([]))
    everything = _echoed_token(inside, server, monkeypatch)
    assert TOKEN in everything
    assert SECRET not in everything
