"""The head of a request is bounded in bytes and time, connections in number, and silent ones are closed; on real sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psutil
import pytest

from tests.api.test_waiting import answer_on, asked, wait_until

HEAD_SECONDS = 0.5
SECONDS = 20.0
KIB = 1024
BEGIN = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
FULL = BEGIN + b"\r\n"


@pytest.fixture(scope="module")
def bounded(database: Any) -> Iterator[str]:
    """A server of little patience, with ``/held`` that takes longer than that, and eight connections at most."""
    from tests.api.conftest import serving

    program = f"""
from automate.web import protocol
protocol.HEAD_SECONDS = {HEAD_SECONDS}
protocol.connections.most = 8
import time
from automate.web.asgi import application
from django.http import JsonResponse
from django.urls import path
from automate.web import urls
def held(request):
    time.sleep(float(request.GET["seconds"]))
    return JsonResponse({{}})
urls.urlpatterns.insert(0, path("held", held))
"""
    with serving(program) as host:
        yield host


@contextmanager
def opened(host: str) -> Iterator[socket.socket]:
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=SECONDS) as connection:
        yield connection


def refusal_of(host: str, *pieces: bytes) -> tuple[int, str, str | None]:
    with opened(host) as connection:
        for piece in pieces:
            connection.sendall(piece)
        status, answer, response = answer_on(connection)
        return status, answer["code"], response.headers["Connection"]


def read_all(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def header_of(size: int) -> bytes:
    return b"x-much: " + b"a" * (size - 10) + b"\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [BEGIN, *[header_of(KIB)] * 40],
        [BEGIN + header_of(KIB) * 40 + b"\r\n"],
        [BEGIN + b"x-much: " + b"a" * 48 * KIB],
        [BEGIN, b"x-much: ", *[b"a" * KIB] * 600],
        [b"GET /" + b"a" * 40 * KIB + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
        [FULL, BEGIN, *[header_of(KIB)] * 40],
    ],
    ids=["lines", "one packet", "one packet without an end", "one header", "url", "second request"],
)
def test_large_heads_are_refused(bounded: str, pieces: list[bytes]) -> None:
    if pieces[0] is FULL:
        with opened(bounded) as connection:
            connection.sendall(FULL)
            assert answer_on(connection)[0] == 200
            connection.sendall(b"".join(pieces[1:]))
            status, answer, response = answer_on(connection)
            found = status, answer["code"], response.headers["Connection"]
    else:
        found = refusal_of(bounded, *pieces)
    assert found == (431, "HEADERS_TOO_LARGE", "close")


def test_a_refused_client_may_send_all_before_it_reads(bounded: str) -> None:
    assert refusal_of(bounded, BEGIN, *[header_of(64 * KIB)] * 200) == (431, "HEADERS_TOO_LARGE", "close")


def test_heads_within_the_bound_pass_again_and_again(bounded: str) -> None:
    with opened(bounded) as connection:
        for _ in range(3):
            connection.sendall(BEGIN + header_of(KIB) * 31 + b"\r\n")
            assert answer_on(connection)[0] == 200


def test_bodies_and_pipelined_requests_count_as_no_headers(bounded: str) -> None:
    body = b" " * 200_000
    post = (
        b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
    )
    with opened(bounded) as connection:
        connection.sendall((post + body) * 2 + FULL)
        assert answer_on(connection)[0] == 401


def test_endless_trailers_end_the_connection(bounded: str) -> None:
    chunked = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    assert refusal_of(bounded, chunked, b"x-trailer: ", *[b"a" * KIB] * 600) == (431, "HEADERS_TOO_LARGE", "close")


@pytest.mark.parametrize("sent", [b"G", BEGIN, BEGIN + b"x-slow: "], ids=["byte", "line", "header"])
def test_heads_that_stop_are_refused_in_time(bounded: str, sent: bytes) -> None:
    began = time.monotonic()
    assert refusal_of(bounded, sent) == (408, "REQUEST_TIMEOUT", "close")
    assert time.monotonic() - began < 5


def test_silent_connections_are_closed(bounded: str) -> None:
    with opened(bounded) as connection:
        began = time.monotonic()
        assert connection.recv(1) == b""
        assert time.monotonic() - began < 4


@pytest.mark.slow
@pytest.mark.parametrize("sent", [FULL, FULL + b"\r\n"], ids=["a request", "an empty line"])
def test_connections_without_a_next_request_are_closed(bounded: str, sent: bytes) -> None:
    with opened(bounded) as connection:
        connection.sendall(sent)
        assert answer_on(connection)[0] == 200
        began = time.monotonic()
        assert connection.recv(1) == b""
        assert time.monotonic() - began < 8


def test_heads_that_trickle_are_refused_in_time(bounded: str) -> None:
    with opened(bounded) as connection:
        connection.sendall(BEGIN + b"x-slow: ")
        began = time.monotonic()
        connection.settimeout(0.1)
        while True:
            try:
                connection.sendall(b"a")
                told = connection.recv(64)
                break
            except TimeoutError:
                assert time.monotonic() - began < 5
    assert told.startswith(b"HTTP/1.1 408 ")


@pytest.mark.slow
def test_answers_may_take_longer_than_heads(bounded: str) -> None:
    assert asked(bounded, path=f"/held?seconds={3 * HEAD_SECONDS}")[0] == 200


def test_the_longest_idle_connection_gives_way(bounded: str) -> None:
    """With eight idle connections, a ninth client is answered, and the first connection is closed."""
    with ExitStack() as stack:
        idle = [stack.enter_context(opened(bounded)) for _ in range(8)]
        for connection in idle:
            connection.sendall(FULL)
            assert answer_on(connection)[0] == 200
        assert asked(bounded)[0] == 200
        assert idle[0].recv(1) == b""
        idle[-1].sendall(FULL)
        assert answer_on(idle[-1])[0] == 200


def test_busy_connections_leave_room_for_health_checks(bounded: str) -> None:
    """A file of this test's size is open for each: the ninth client is refused with the reason, a health check is not."""
    wait_until(lambda: asked(bounded)[0] == 200)
    with ExitStack() as stack:
        for _ in range(8):
            connection = stack.enter_context(opened(bounded))
            connection.sendall(b"GET /held?seconds=2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        refused: list[tuple[int, str | None]] = []

        def is_refused() -> bool:
            status, answer, response = asked(bounded, path="/graphql")
            refused.append((status, response.headers["Retry-After"]))
            return bool(answer.get("code") == "UNAVAILABLE")

        wait_until(is_refused)
        assert asked(bounded)[0] == 200
    assert refused[-1] == (503, "1")


def test_malformed_requests_are_told_so_in_json(bounded: str) -> None:
    assert refusal_of(bounded, b"NOT HTTP\r\n\r\n") == (400, "BAD_REQUEST", "close")


@pytest.fixture
def unpatient(serve: Callable[[str], Any], database: Any) -> Iterator[str]:
    program = """
from automate.web import protocol
protocol.DEAF_SECONDS = 1
from automate.web.asgi import application
inner = application
async def application(scope, receive, send):
    if scope["type"] != "http" or scope["path"] != "/large":
        return await inner(scope, receive, send)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8000000")]})
    await send({"type": "http.response.body", "body": b"x" * 8_000_000})
"""
    with serve(program) as host:
        yield host


def held(connection: socket.socket) -> bool:
    """Whether a process holds the other end of a connection."""
    port = connection.getsockname()[1]
    return any(one.pid and one.raddr and one.raddr[1] == port for one in psutil.net_connections("tcp"))


@pytest.mark.slow
def test_deaf_clients_are_cut_off(unpatient: str) -> None:
    """An answer that is not read is not kept for ever: reading it later ends with a reset."""
    with opened(unpatient) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wait_until(lambda: held(connection))
        wait_until(lambda: not held(connection))
        with pytest.raises(ConnectionResetError):
            read_all(connection)


@pytest.mark.slow
def test_sockets_outlive_the_deadline_of_heads(bounded: str, api: Any, run_async: Callable[[Any], Any]) -> None:
    import asyncio

    from tests.support.sockets import open_socket

    async def scenario() -> Any:
        async with open_socket(bounded, api.token) as opened_socket:
            await asyncio.sleep(2 * HEAD_SECONDS)
            return await opened_socket.answer("{ __typename }")

    assert json.dumps(run_async(scenario())["data"]) == '{"__typename": "Query"}'
