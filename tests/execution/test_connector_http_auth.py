"""The auth field of http.request: what is sent, and how OAuth 2 tokens are fetched, kept, renewed and kept secret."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from actors.connectors import tokens as token_memory
from actors.connectors.base import Connector
from actors.connectors.guard import Guard
from actors.connectors.http.connector import HttpRequest
from actors.connectors.registry import CONNECTORS
from actors.connectors.tokens import Tokens
from automate.kernel.json_values import as_object
from automate.kernel.tenancy import TenantRef, acting_for
from tests.support.error_tables import failure_of
from tests.support.facts import Naming, naming
from tests.support.outbound import LOOPBACK, call, tenant
from tests.support.raw_server import OK, Exchange, RawServer, answer, run

HTTP = CONNECTORS["http.request"]


def _fresh() -> Connector:
    """A connector that remembers no token of another test."""
    guard = Guard()
    return HttpRequest(guard, Tokens(guard))


def _oauth(server: RawServer, **more: Any) -> dict[str, Any]:
    given = {"token_url": f"{server.url}token", "client_id": "me", "client_secret": "s3cr+t:%", **more}
    return {"url": f"{server.url}orders", "auth": {"oauth2": given}}


def _json(status: str, value: Any) -> bytes:
    return answer(status, json.dumps(value).encode(), "Content-Type: application/json")


class Issuer:
    """Issues numbered tokens and answers what bears one; a token can be revoked. fetches: requests for tokens."""

    def __init__(self, expires_in: Any = 3600) -> None:
        self.expires_in = expires_in
        self.fetches: list[Exchange] = []
        self.revoked: set[str] = set()
        self.calls: list[str] = []

    async def __call__(self, exchange: Exchange) -> None:
        if exchange.line.startswith("POST /token"):
            self.fetches.append(exchange)
            token = f"t0ken-{len(self.fetches)}"
            given = {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}
            await exchange.send(_json("200 OK", {name: value for name, value in given.items() if value is not None}))
            return
        bearer = exchange.headers["authorization"]
        self.calls.append(bearer)
        if bearer.removeprefix("Bearer ") in self.revoked:
            await exchange.send(_json("401 No", {"echo": bearer}))
        else:
            await exchange.send(_json("200 OK", {"echo": bearer}))


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        ({"basic": {"username": "ada", "password": "p:\u00e9"}}, "authorization", "Basic " + base64.b64encode("ada:p:\u00e9".encode()).decode()),
        ({"basic": {"username": "", "password": ""}}, "authorization", "Basic Og=="),
        ({"bearer": "tok"}, "authorization", "Bearer tok"),
        ({"header": {"name": "X-API-Key", "value": "k"}}, "x-api-key", "k"),
    ],
)  # fmt: skip
def test_auth_becomes_a_header(auth: dict[str, Any], name: str, value: str) -> None:
    async def work() -> None:
        async with RawServer() as server:
            await HTTP.call(call({"url": server.url, "auth": auth}))
            assert server.exchanges[0].headers[name] == value

    run(work())


def test_key_in_the_query_joins_the_others() -> None:
    async def work() -> None:
        async with RawServer() as server:
            auth = {"query": {"name": "key", "value": "k&y"}}
            await HTTP.call(call({"url": f"{server.url}?a=1", "query": {"b": 2}, "auth": auth}))
            assert server.exchanges[0].line == "GET /?a=1&b=2&key=k%26y HTTP/1.1"

    run(work())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"auth": {}}, "auth"),
        ({"auth": {"bearer": "a", "basic": {"username": "a", "password": "b"}}}, "auth"),
        ({"auth": {"bearer": ""}}, "auth.bearer"),
        ({"auth": {"basic": {"username": "a:b", "password": "s3cret"}}}, "auth.basic.username"),
        ({"auth": {"basic": {"username": "a"}}}, "auth.basic"),
        ({"auth": {"header": {"name": "Idempotency-Key", "value": "s3cret"}}}, "headers"),
        ({"auth": {"header": {"name": "X A", "value": "s3cret"}}}, "headers"),
        ({"auth": {"bearer": "s3cret\r\nX: 1"}}, "headers"),
        ({"auth": {"bearer": "s3cret"}, "headers": {"authorization": "s3cret"}}, "auth"),
    ],
)
def test_bad_auth_is_told_without_its_value(given: dict[str, Any], field: str) -> None:
    error = run(failure_of(HTTP, {"url": "http://x.example/", **given}))
    assert (error.details["failure"], error.details["field"]) == ("bad_input", field)
    assert "s3cret" not in str(error.as_json())


def test_auth_header_does_not_follow_to_another_origin() -> None:
    async def work() -> None:
        async with RawServer() as other:
            async with RawServer(answer("302 Found", b"", f"Location: {other.url}")) as server:
                auth = {"header": {"name": "X-API-Key", "value": "k"}}
                await HTTP.call(call({"url": server.url, "auth": auth, "follow_redirects": True}))
            assert "x-api-key" not in other.exchanges[0].headers

    run(work())


def test_token_is_asked_for_as_rfc_6749_says_and_kept() -> None:
    async def work() -> None:
        issuer, http = Issuer(), _fresh()
        async with RawServer(issuer) as server:
            given = _oauth(server, scope="a b", audience="https://api.example.com/")
            outputs = [await http.call(call(given)) for _ in range(3)]
        (fetch,) = issuer.fetches
        assert fetch.headers["authorization"] == "Basic " + base64.b64encode(b"me:s3cr%2Bt%3A%25").decode()
        assert parse_qs(fetch.body.decode()) == {
            "grant_type": ["client_credentials"],
            "scope": ["a b"],
            "audience": ["https://api.example.com/"],
        }
        assert not {"idempotency-key", "automate-causation"} & fetch.headers.keys()
        assert issuer.calls == ["Bearer t0ken-1"] * 3
        assert {str(as_object(output)["json"]) for output in outputs} == {"{'echo': 'Bearer [redacted]'}"}

    run(work())


def test_client_may_stand_in_the_body() -> None:
    async def work() -> None:
        issuer = Issuer()
        async with RawServer(issuer) as server:
            await _fresh().call(call(_oauth(server, client_in="body")))
        (fetch,) = issuer.fetches
        assert "authorization" not in fetch.headers
        form = parse_qs(fetch.body.decode())
        assert (form["client_id"], form["client_secret"]) == (["me"], ["s3cr+t:%"])

    run(work())


def test_many_calls_at_once_fetch_one_token() -> None:
    async def work() -> None:
        issuer, http = Issuer(), _fresh()
        async with RawServer(issuer) as server:
            await asyncio.gather(*(http.call(call(_oauth(server))) for _ in range(20)))
        assert (len(issuer.fetches), len(issuer.calls)) == (1, 20)

    run(work())


def test_tenant_that_asks_for_many_tokens_takes_none_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_memory, "MAX_REMEMBERED", 4)

    async def work() -> None:
        issuer, http, mine, other = Issuer(), _fresh(), tenant(), tenant()
        async with RawServer(issuer) as server:

            async def call_as(who: TenantRef, scope: str) -> None:
                with acting_for(who):
                    await http.call(call(_oauth(server, scope=scope)))

            await call_as(mine, "mine")
            for number in range(8):
                await call_as(other, f"scope{number}")
            fetches = len(issuer.fetches)
            await call_as(mine, "mine")
            await call_as(other, "scope7")
            assert len(issuer.fetches) == fetches == 9
            await call_as(other, "mine")
            assert len(issuer.fetches) == 10

    run(work())


@pytest.mark.parametrize("change", ["secret", "scope", "allowed"])
def test_token_is_found_only_by_whoever_asks_for_the_same(change: str) -> None:
    """Another tenant that knows the client's id, or lost the secret, is given nothing."""

    async def work() -> None:
        issuer, http = Issuer(), _fresh()
        async with RawServer(issuer) as server:
            await http.call(call(_oauth(server)))
            more = {"secret": {"client_secret": "other"}, "scope": {"scope": "all"}}.get(change, {})
            allowed = (*LOOPBACK, "10.0.0.0/8") if change == "allowed" else LOOPBACK
            await http.call(call(_oauth(server, **more), allowed=allowed))
        assert issuer.calls == ["Bearer t0ken-1", "Bearer t0ken-2"]

    run(work())


@pytest.mark.parametrize("expires_in", [None, 0, 60, -5, "3600", True, 10**18])
def test_token_is_kept_no_longer_than_it_lasts(expires_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that says nothing, or lasts a minute or less, serves one call; none serves longer than an hour."""

    async def work() -> None:
        issuer, http = Issuer(expires_in), _fresh()
        async with RawServer(issuer) as server:
            await http.call(call(_oauth(server)))
            if expires_in == 10**18:
                later = token_memory.time.monotonic() + 3600
                monkeypatch.setattr(token_memory.time, "monotonic", lambda: later)
            await http.call(call(_oauth(server)))
            monkeypatch.undo()
        assert len(issuer.fetches) == 2

    run(work())


def test_revoked_token_is_replaced_once() -> None:
    async def work() -> None:
        issuer, http = Issuer(), _fresh()
        async with RawServer(issuer) as server:
            await http.call(call(_oauth(server)))
            issuer.revoked = {"t0ken-1"}
            await http.call(call(_oauth(server)))
            assert issuer.calls[1:] == ["Bearer t0ken-1", "Bearer t0ken-2"]
            issuer.revoked = {"t0ken-2", "t0ken-3"}
            error = await failure_of(http, _oauth(server))
        assert issuer.calls[3:] == ["Bearer t0ken-2", "Bearer t0ken-3"]
        assert error.details == {"failure": "unauthorized", "status": 401, "body": '{"echo": "Bearer [redacted]"}'}

    run(work())


def test_many_calls_with_a_revoked_token_fetch_one_new_one() -> None:
    async def work() -> None:
        issuer, http = Issuer(), _fresh()
        async with RawServer(issuer) as server:
            await http.call(call(_oauth(server)))
            issuer.revoked = {"t0ken-1"}
            await asyncio.gather(*(http.call(call(_oauth(server))) for _ in range(20)))
        assert len(issuer.fetches) == 2

    run(work())


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        *((answer(f"{status} No", b"s3cret"), "token_refused") for status in (302, 400, 401, 403, 404)),
        *((answer(f"{status} Later", b"s3cret"), "token_unavailable") for status in (408, 429, 500, 503)),
        (OK, "token_unavailable"),
        (answer("200 OK", b"s3cret"), "token_unavailable"),
        (_json("200 OK", ["s3cret"]), "token_unavailable"),
        (_json("200 OK", {"access_token": "s3cret", "token_type": "mac"}), "token_unavailable"),
        (_json("200 OK", {"access_token": "s3cret\r\nX: 1"}), "token_unavailable"),
        (_json("200 OK", {"access_token": "abc"}), "token_unavailable"),
        (_json("200 OK", {"access_token": "t" * 20_000}), "token_unavailable"),
    ],
)
def test_token_that_cannot_be_had_is_told_and_nothing_else_is_sent(reply: bytes, failure: str) -> None:
    async def work() -> None:
        async with RawServer(reply) as server:
            error = await failure_of(_fresh(), _oauth(server))
            assert (error.details["failure"], error.arrived, len(server.exchanges)) == (failure, False, 1)
            assert "s3cret" not in str(error.as_json())

    run(work())


def _deep(levels: int) -> bytes:
    return answer(
        "200 OK", b'{"access_token": ' + b"[" * levels + b"]" * levels + b"}", "Content-Type: application/json"
    )


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer("200 OK", b"s3cret" * 11_000), naming("65536")),
        (
            answer("200 OK", gzip.compress(b"s3cret" * 11_000), "Content-Encoding: gzip"),
            naming("65536"),
        ),
        (
            answer("200 OK", b"s3cret", "Content-Encoding: br"),
            naming("gzip", "deflate"),
        ),
        (_deep(100), naming("bearer")),
        (answer("200 OK", b"<html>s3cret</html>", "Content-Type: text/html"), naming("bearer")),
    ],
)
def test_answer_that_no_token_endpoint_gives_is_told_with_what_to_mend(reply: bytes, reason: Naming) -> None:
    """Nothing of the step's own request has been sent, so nothing has arrived; and no size of the step's is named."""

    async def work() -> None:
        async with RawServer(reply) as server:
            error = await failure_of(_fresh(), _oauth(server))
        assert error.message == reason
        assert error.message == naming("token_url")
        assert "s3cret" not in error.message
        assert (error.code, error.details, error.arrived) == (
            "CONNECTOR_TRANSIENT",
            {"failure": "token_unavailable", "asked": False},
            False,
        )

    run(work())


def test_token_endpoint_that_asks_to_wait_is_obeyed() -> None:
    async def work() -> None:
        async with RawServer(answer("429 Slow", b"", "Retry-After: 7")) as server:
            assert (await failure_of(_fresh(), _oauth(server))).retry_after_seconds == 7.0

    run(work())


def test_silent_token_endpoint_ends_with_the_calls_time_and_nothing_arrived() -> None:
    async def work() -> None:
        async def silent(_exchange: Exchange) -> None:
            return

        async with RawServer(silent) as server:
            error = await failure_of(_fresh(), _oauth(server), timeout_seconds=0.2)
        assert (error.details["failure"], error.arrived) == ("token_unavailable", False)

    run(work())


def test_token_endpoint_inside_is_blocked() -> None:
    async def work() -> None:
        async with RawServer() as server:
            error = await failure_of(_fresh(), _oauth(server), allowed=())
            assert (error.details["failure"], error.arrived, server.connections) == ("blocked", False, 0)

    run(work())


def test_repr_of_what_holds_tokens_tells_none() -> None:
    grant = token_memory.Grant("http://x.example/", "me", "s3cret", "", "", in_body=True)
    assert "s3cret" not in repr(grant) + repr(token_memory.Token("s3cret", 0.0))
