"""What was judged is what is connected to: rebinding names, mixed answers, kept connections, TLS names, redirects.

127.0.0.2 plays the public address: allowed, while 127.0.0.1 on the same port is not.
"""

from __future__ import annotations

import asyncio

import pytest

from actors.connectors.guard import Guard
from tests.support.certificates import Authority
from tests.support.facts import naming
from tests.support.outbound import EVERYTHING, LOOPBACK, Names, fetch, refusal
from tests.support.raw_server import OK, Exchange, RawServer, answer, run

PUBLIC = ("127.0.0.2/32",)


def test_name_that_rebinds_is_resolved_once_per_call() -> None:
    async def work() -> None:
        names = Names(["127.0.0.2"], ["127.0.0.1"])
        guard = Guard(resolver=names, remember_seconds=0)
        async with RawServer() as inside, RawServer(host="127.0.0.2", port=inside.port) as outside:
            url = f"http://rebind.example:{inside.port}/"
            assert (await fetch(guard, url, PUBLIC)).status == 200
            assert (names.calls, outside.connections, inside.connections) == (1, 1, 0)
            error = await refusal(guard, url, PUBLIC)
            assert (error.code, error.arrived) == ("CONNECTOR_BLOCKED", False)
            assert (names.calls, outside.connections, inside.connections) == (2, 1, 0)
            await fetch(guard, url, LOOPBACK)
            assert inside.connections == 1

    run(work())


def test_kept_connection_is_not_reused_for_another_answer() -> None:
    async def work() -> None:
        guard = Guard(resolver=Names(["127.0.0.2"], ["127.0.0.2"], ["127.0.0.1"]), remember_seconds=0)
        async with RawServer() as inside, RawServer(host="127.0.0.2", port=inside.port) as outside:
            for _ in range(3):
                await fetch(guard, f"http://rebind.example:{inside.port}/", LOOPBACK)
            assert (outside.connections, len(outside.exchanges)) == (1, 2)
            assert (inside.connections, len(inside.exchanges)) == (1, 1)

    run(work())


def test_remembered_answer_is_judged_under_each_calls_own_list() -> None:
    async def work() -> None:
        names = Names(["127.0.0.1"])
        guard = Guard(resolver=names)
        async with RawServer() as server:
            url = f"http://busy.example:{server.port}/"
            for _ in range(3):
                await fetch(guard, url, LOOPBACK)
            assert (await refusal(guard, url)).code == "CONNECTOR_BLOCKED"
            assert (names.calls, server.connections, len(server.exchanges)) == (1, 1, 3)

    run(work())


def test_name_that_failed_is_asked_again() -> None:
    async def work() -> None:
        names = Names([], ["127.0.0.1"])
        guard = Guard(resolver=names, remember_seconds=0.05)
        async with RawServer() as server:
            url = f"http://late.example:{server.port}/"
            assert (await refusal(guard, url, LOOPBACK)).code == "CONNECTOR_TRANSIENT"
            await asyncio.sleep(0.1)
            assert (await fetch(guard, url, LOOPBACK)).status == 200
            assert names.calls == 2

    run(work())


@pytest.mark.parametrize("answers", [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "::1"]])
def test_one_inside_answer_refuses_the_name(answers: list[str]) -> None:
    async def work() -> None:
        guard = Guard(resolver=Names(answers))
        async with RawServer() as inside, RawServer(host="127.0.0.2", port=inside.port) as outside:
            url = f"http://mixed.example:{inside.port}/"
            assert (await refusal(guard, url, PUBLIC)).code == "CONNECTOR_BLOCKED"
            assert (inside.connections, outside.connections) == (0, 0)
            assert (await fetch(guard, url, EVERYTHING)).status == 200
            assert inside.connections + outside.connections == 1

    run(work())


def test_next_address_is_tried_where_the_first_refuses() -> None:
    async def work() -> None:
        guard = Guard(resolver=Names(["127.0.0.3", "127.0.0.1"]))
        async with RawServer() as server:
            await fetch(guard, f"http://two.example:{server.port}/", LOOPBACK)
            assert server.connections == 1

    run(work())


def test_host_header_names_the_host_not_the_address() -> None:
    async def work() -> None:
        guard = Guard(resolver=Names(["127.0.0.1"]))
        async with RawServer() as server:
            await fetch(guard, f"http://Service.Example.:{server.port}/a b?q=\u00e9#part", LOOPBACK)
            (exchange,) = server.exchanges
            assert exchange.line == "GET /a%20b?q=%C3%A9 HTTP/1.1"
            assert exchange.headers["host"] == f"service.example:{server.port}"

    run(work())


def test_connections_are_shared_only_under_the_same_allow_list() -> None:
    async def work() -> None:
        guard = Guard()
        async with RawServer() as server:
            await fetch(guard, server.url, LOOPBACK)
            await fetch(guard, server.url, LOOPBACK)
            assert server.connections == 1
            await fetch(guard, server.url, ("127.0.0.1/32",))
            assert server.connections == 2
            assert (await refusal(guard, server.url)).code == "CONNECTOR_BLOCKED"
            assert len(server.exchanges) == 3

    run(work())


def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with RawServer() as proxy, RawServer() as server:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            await fetch(Guard(), server.url, LOOPBACK)
            assert (proxy.connections, server.connections) == (0, 1)

    run(work())


def test_tls_speaks_to_the_pinned_address_under_the_hosts_name() -> None:
    async def work() -> None:
        authority = Authority()
        tls = authority.server_context("guarded.example")
        asked: list[str | None] = []
        tls.sni_callback = lambda _socket, name, _context: asked.append(name)
        names = Names(["127.0.0.1"])
        async with RawServer(tls=tls) as server:
            guard = Guard(resolver=names, ssl_context=authority.client_context())
            url = f"https://guarded.example:{server.port}/"
            assert (await fetch(guard, url, LOOPBACK)).status == 200
            assert asked == ["guarded.example"]
            assert server.exchanges[0].headers["host"] == f"guarded.example:{server.port}"

    run(work())


def test_kept_tls_connection_is_not_reused_for_another_name() -> None:
    """The same address and port, yet its certificate was verified for the first name only."""

    async def work() -> None:
        authority = Authority()
        async with RawServer(tls=authority.server_context("guarded.example")) as server:
            guard = Guard(resolver=Names(["127.0.0.1"]), ssl_context=authority.client_context())
            await fetch(guard, f"https://guarded.example:{server.port}/", LOOPBACK)
            error = await refusal(guard, f"https://other.example:{server.port}/", LOOPBACK)
            assert (error.code, error.arrived, len(server.exchanges)) == ("CONNECTOR_REFUSED", False, 1)
            assert error.message == naming("certificate")

    run(work())


def test_untrusted_certificate_is_refused() -> None:
    async def work() -> None:
        async with RawServer(tls=Authority().server_context("guarded.example")) as server:
            guard = Guard(resolver=Names(["127.0.0.1"]))
            error = await refusal(guard, f"https://guarded.example:{server.port}/", LOOPBACK)
            assert (error.code, error.arrived, server.exchanges) == ("CONNECTOR_REFUSED", False, [])

    run(work())


def test_context_that_does_not_verify_is_not_taken() -> None:
    context = Authority().client_context()
    context.check_hostname = False
    with pytest.raises(ValueError, match="certificates"):
        Guard(ssl_context=context)


def test_redirect_is_not_followed_unless_asked() -> None:
    async def work() -> None:
        async with RawServer() as goal, RawServer(answer("302 Found", b"", f"Location: {goal.url}")) as first:
            assert (await fetch(Guard(), first.url, LOOPBACK)).status == 302
            assert goal.connections == 0
            assert (await fetch(Guard(), first.url, LOOPBACK, follow_redirects=True)).status == 200
            assert goal.connections == 1

    run(work())


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:7f00:1]", "localhost"])
def test_redirect_to_an_inside_address_is_refused(host: str) -> None:
    async def work() -> None:
        async with RawServer() as inside:
            reply = answer("307 Temporary Redirect", b"", f"Location: http://{host}:{inside.port}/secret")
            async with RawServer(reply, host="127.0.0.2") as outside:
                error = await refusal(Guard(), outside.url, PUBLIC, follow_redirects=True)
                assert (error.code, error.arrived) == ("CONNECTOR_BLOCKED", True)
                assert (outside.connections, inside.connections) == (1, 0)
                await fetch(Guard(), outside.url, LOOPBACK, follow_redirects=True)
                assert inside.exchanges[0].line == "GET /secret HTTP/1.1"

    run(work())


@pytest.mark.parametrize(
    "location", ["http://[", "//user@{host}/", "gopher://{host}/", "http://{host}%2f/", "/\\{host}"]
)
def test_malformed_redirect_is_refused(location: str) -> None:
    async def work() -> None:
        async with RawServer() as goal:
            target = location.replace("{host}", f"127.0.0.1:{goal.port}")
            async with RawServer(answer("302 Found", b"", f"Location: {target}")) as first:
                error = await refusal(Guard(), first.url, LOOPBACK, follow_redirects=True)
                assert (error.code, goal.connections) == ("CONNECTOR_BLOCKED", 0)

    run(work())


def test_redirect_loop_ends_after_five() -> None:
    async def work() -> None:
        async with RawServer(answer("302 Found", b"", "Location: /again")) as server:
            error = await refusal(Guard(), server.url, LOOPBACK, follow_redirects=True)
            assert (error.code, error.arrived, len(server.exchanges)) == ("CONNECTOR_REFUSED", True, 6)

    run(work())


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        *(("301", "POST", "GET"), ("302", "POST", "GET"), ("303", "POST", "GET"), ("303", "PUT", "GET")),
        *(("307", "POST", "POST"), ("308", "POST", "POST"), ("302", "PUT", "PUT"), ("303", "HEAD", "HEAD")),
    ],
)
def test_redirect_keeps_the_method_as_the_rfc_says(status: str, method: str, becomes: str) -> None:
    async def reply(exchange: Exchange) -> None:
        moved = exchange.line.split()[1] == "/"
        await exchange.send(answer(f"{status} Moved", b"", "Location: /next") if moved else answer())

    async def work() -> None:
        async with RawServer(reply) as server:
            headers = [("Content-Type", "text/plain"), ("Authorization", "Bearer x")]
            await fetch(
                Guard(), server.url, LOOPBACK, method=method, headers=headers, body=b"hi", follow_redirects=True
            )
            last = server.exchanges[-1]
            kept = becomes == method
            assert last.line == f"{becomes} /next HTTP/1.1"
            assert (last.body, "content-type" in last.headers) == (b"hi" if kept else b"", kept)
            assert last.headers["authorization"] == "Bearer x"

    run(work())


def test_credentials_do_not_follow_to_another_origin() -> None:
    async def work() -> None:
        async with RawServer() as other, RawServer(answer("307 Moved", b"", f"Location: {other.url}")) as first:
            secret = [("Authorization", "Bearer x"), ("Cookie", "a=b"), ("X-Api-Key", "k")]
            secret += [("Automate-Causation", "c"), ("baggage", "automate.causation=c")]
            plain = [("Accept", "text/plain"), ("Idempotency-Key", "key"), ("traceparent", "t")]
            await fetch(Guard(), first.url, LOOPBACK, headers=[*secret, *plain], follow_redirects=True)
            for name, value in secret:
                assert first.exchanges[0].headers[name.lower()] == value
                assert name.lower() not in other.exchanges[0].headers
            for name, value in plain:
                assert other.exchanges[0].headers[name.lower()] == value

    run(work())


@pytest.mark.parametrize("status", ["307", "308"])
def test_body_does_not_follow_to_another_origin(status: str) -> None:
    async def work() -> None:
        async with RawServer() as other, RawServer(answer(f"{status} Moved", b"", f"Location: {other.url}")) as first:
            error = await refusal(
                Guard(), first.url, LOOPBACK, method="POST", body=b"client_secret=x", follow_redirects=True
            )
            assert (error.code, error.details, error.arrived) == ("CONNECTOR_REFUSED", {"failure": "redirects"}, True)
            assert other.connections == 0

    run(work())


HOSTILE_HEADERS = [
    *(("X-A", f"a{bad}b") for bad in ("\r\nX-Injected: 1", "\n", "\r", "\0", "\x0b", "\x7f", "\r\n\r\nGET / HTTP/1.1")),
    *((name, "a") for name in ("X\r\nA", "X A", "X:", "", "X\0", "X\u00e9", "(X)", "X\t", " X", "X\n")),
    *((name, "1") for name in ("Host", "HOST", "Content-Length", "transfer-encoding", "Connection", "Upgrade", "TE")),
    *((name, "1") for name in ("Trailer", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Expect")),
    ("Accept-Encoding", "br"),
]


@pytest.mark.parametrize(("name", "value"), HOSTILE_HEADERS)
def test_header_that_could_reframe_the_request_is_refused(name: str, value: str) -> None:
    async def work() -> None:
        async with RawServer() as server:
            error = await refusal(Guard(), server.url, LOOPBACK, headers=[(name, value)])
            assert (error.code, error.arrived, server.connections) == ("BAD_USER_INPUT", False, 0)
            await fetch(Guard(), server.url, LOOPBACK, headers=[("X-A", " caf\u00e9\t(a) ")])
            assert server.exchanges[0].headers["x-a"].encode("latin-1").decode() == "caf\u00e9\t(a)"

    run(work())


def test_too_many_headers_are_refused() -> None:
    async def work() -> None:
        async with RawServer(OK) as server:
            many = [(f"X-{place}", "a") for place in range(101)]
            for headers in (many, [("X-A", "a" * 33_000)]):
                assert (await refusal(Guard(), server.url, LOOPBACK, headers=headers)).code == "BAD_USER_INPUT"
            assert server.connections == 0
            await fetch(Guard(), server.url, LOOPBACK, headers=many[:100])
            assert server.connections == 1

    run(work())
