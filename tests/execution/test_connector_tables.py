"""Every row of an error table happens, against a real server, as the row says; and no row is without its test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest

from actors.connectors.base import Connector, ConnectorError
from actors.connectors.graphql.connector import GraphQLRequest
from actors.connectors.guard import Guard
from actors.connectors.http.connector import HttpRequest
from actors.connectors.registry import CONNECTORS
from actors.connectors.tokens import Tokens
from tests.support.certificates import Authority
from tests.support.error_tables import failure_of, row_of
from tests.support.outbound import LOOPBACK, Names
from tests.support.raw_server import OK, Exchange, RawServer, answer, run

Scene = Callable[[str], Coroutine[Any, Any, ConnectorError]]
MAKERS: Mapping[str, Callable[[Guard, Tokens], Connector]] = {
    "graphql.request": GraphQLRequest,
    "http.request": HttpRequest,
}
JSON = "Content-Type: application/json"


async def _fail(name: str, reply: Any = OK, *, resolver: Any = None, **given: Any) -> ConnectorError:
    """The error of one call. In what is given, ``{server}`` stands for the server's URL."""
    guard = Guard(resolver=resolver) if resolver else Guard()
    allowed = given.pop("allowed", LOOPBACK)
    seconds = given.pop("timeout_seconds", 5.0)
    async with RawServer(reply, tls=given.pop("tls", None)) as server:
        whole: dict[str, Any] = {"url": server.url, **({"query": "{ a }"} if name == "graphql.request" else {})}
        whole |= _with_server(given, server)
        return await failure_of(MAKERS[name](guard, Tokens(guard)), whole, timeout_seconds=seconds, allowed=allowed)


def _with_server(value: Any, server: RawServer) -> Any:
    if isinstance(value, str):
        return value.replace("{server}", server.url).replace("{port}", str(server.port))
    if isinstance(value, dict):
        return {key: _with_server(item, server) for key, item in value.items()}
    return value


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _silent(_exchange: Exchange) -> None:
    await asyncio.sleep(0)


async def _gone(name: str) -> ConnectorError:
    async with RawServer() as server:
        url = server.url
    return await _fail(name, url=url)


def _oauth(reply: Any) -> Scene:
    grant = {"token_url": "{server}", "client_id": "me", "client_secret": "s3cret"}
    return lambda name: _fail(name, reply, auth={"oauth2": grant})


def _plain(reply: Any = OK, **given: Any) -> Scene:
    return lambda name: _fail(name, reply, **given)


def _json(text: str, *headers: str) -> bytes:
    return answer("200 OK", text.encode(), JSON, *headers)


DEEP = "[" * 65 + "]" * 65
SHARED: Mapping[str, Scene] = {
    "bad_input": _plain(url=5),
    "token_refused": _oauth(answer("401 No")),
    "token_unavailable": _oauth(answer("503 Later")),
    "unauthorized": _plain(answer("403 No")),
    "rate_limited": _plain(answer("429 Slow", b"", "Retry-After: 1")),
    "unavailable": _plain(answer("502 Later")),
    "refused": _plain(answer("404 No")),
    "blocked": _plain(allowed=()),
    "no_address": _plain(resolver=Names([]), url="http://nowhere.example:{port}/"),
    "no_connection": _gone,
    "certificate": lambda name: _fail(
        name,
        tls=Authority().server_context("localhost"),
        url="https://localhost:{port}/",
        resolver=Names(["127.0.0.1"]),
    ),
    "timed_out": _plain(_silent, timeout_seconds=0.2),
    "broken": _plain(_reset),
    "answer_too_large": _plain(answer("200 OK", b"a" * (1024 * 1024 + 1))),
    "answer_encoding": _plain(answer("200 OK", b"a", "Content-Encoding: br")),
    "answer_too_deep": _plain(_json(f'{{"data": {DEEP}}}')),
    "output_too_large": _plain(_json('{"data": {"a": "' + "\u00e9" * 20 + "a" * (1024 * 1024 - 64) + '"}}')),
}
PAGES = {"by": {"link": {}}, "items": "rows"}
SCENES: Mapping[str, Mapping[str, Scene]] = {
    "http.request": {
        **SHARED,
        "redirects": _plain(answer("302 Found", b"", "Location: /again"), follow_redirects=True),
        "page_shape": _plain(_json("{}"), paginate=PAGES),
        "page_elsewhere": _plain(_json('{"rows": []}', "Link: <http://127.0.0.2/>; rel=next"), paginate=PAGES),
        "page_loop": _plain(_json('{"rows": []}', "Link: </>; rel=next"), paginate=PAGES),
    },
    "graphql.request": {
        **SHARED,
        "not_graphql": _plain(answer("200 OK", b"<html>")),
        "partial": _plain(_json('{"data": {"a": 1, "b": null}, "errors": [{"message": "m", "path": ["b"]}]}')),
        "errors_auth": _plain(_json('{"errors": [{"message": "m", "extensions": {"code": "FORBIDDEN"}}]}')),
        "errors_refused": _plain(_json('{"errors": [{"message": "m"}]}')),
        "errors_rate_limited": _plain(_json('{"errors": [{"message": "m", "extensions": {"code": "THROTTLED"}}]}')),
        "errors_transient": _plain(_json('{"errors": [{"message": "m", "extensions": {"code": "INTERNAL"}}]}')),
    },
}


@pytest.mark.parametrize("name", MAKERS)
def test_each_row_has_a_scene(name: str) -> None:
    assert SCENES[name].keys() == {row.name for row in CONNECTORS[name].spec.failures}


@pytest.mark.parametrize(("name", "row"), [(name, row) for name, rows in SCENES.items() for row in rows])
def test_row_happens_as_it_says(name: str, row: str) -> None:
    error = run(SCENES[name][row](name))
    assert row_of(CONNECTORS[name], error) == row
    assert "s3cret" not in str(error.as_json())


def test_row_that_lies_about_arrival_would_be_seen() -> None:
    error = run(_fail("http.request", _reset))
    error.details["failure"] = "refused"
    with pytest.raises(AssertionError):
        row_of(CONNECTORS["http.request"], error)
