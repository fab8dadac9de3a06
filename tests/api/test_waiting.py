"""Whatever waits in web is bounded: bodies on their way, requests in line, and how long; on real sockets."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.serving import bodies
from automate.serving.bodies import Bodies, Body, DisconnectedError
from tests.support.api import MAIN_JOB, Api
from tests.support.facts import naming

MIB = 1024 * 1024
SECONDS = 20.0
TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n"


@contextmanager
def half_sent(host: str, sent: int, declared: int, path: str = "/graphql") -> Iterator[socket.socket]:
    """A request whose body stops halfway."""
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=SECONDS) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{TRACEPARENT}"
        connection.sendall(f"{head}Content-Length: {declared}\r\n\r\n".encode() + b" " * sent)
        yield connection


def answer_on(connection: socket.socket) -> tuple[int, Any, http.client.HTTPResponse]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read()), response


def asked(host: str, method: str = "GET", path: str = "/healthz", body: Any = None, **headers: str) -> Any:
    connection = http.client.HTTPConnection(host, timeout=SECONDS)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read()), response
    finally:
        connection.close()


def large_request(host: str) -> int:
    body = json.dumps({"query": "{ __typename }", "extensions": {"x": "y" * 500_000}})
    status: int = asked(host, "POST", "/graphql", body, **{"Content-Type": "application/json"})[0]
    return status


@pytest.fixture
def impatient(database: Any, serve: Callable[[str], Any]) -> Iterator[str]:
    """A server of little patience and little memory."""
    program = """
from automate.serving import bodies
bodies.SILENT_SECONDS, bodies.BODY_SECONDS = 0.5, 2.0
from automate.web import asgi
from automate.web.asgi import application
# Callers without a token may hold a quarter of it.
asgi._http._desks.rest.bodies.most = 16 * 1024 * 1024
"""
    with serve(program) as host:
        yield host


@pytest.mark.slow
def test_body_that_stops_is_refused_in_time(impatient: str) -> None:
    with half_sent(impatient, 100, 1_000) as connection:
        began = time.monotonic()
        status, answer, response = answer_on(connection)
        took = time.monotonic() - began
    assert (status, answer["code"], answer["trace_id"]) == (408, "REQUEST_TIMEOUT", TRACE)
    assert (response.headers["X-Trace-Id"], response.headers["Connection"]) == (TRACE, "close")
    assert took < 2.0


@pytest.mark.slow
def test_body_that_trickles_is_refused_in_time(impatient: str) -> None:
    with half_sent(impatient, 1, 1_000) as connection:
        began = time.monotonic()
        stop = threading.Event()

        def trickle() -> None:
            while not stop.wait(0.1):
                try:
                    connection.send(b" ")
                except OSError:
                    return

        sender = threading.Thread(target=trickle)
        sender.start()
        status, answer, _ = answer_on(connection)
        took = time.monotonic() - began
        stop.set()
        sender.join()
    assert (status, answer["code"]) == (408, "REQUEST_TIMEOUT")
    assert 1.5 < took < 5.0


@pytest.mark.slow
def test_senders_who_stop_keep_nobody_out(impatient: str) -> None:
    """Forty times 900 KB do not fit into a share of 4 MiB: the longest silent give way, and others are served meanwhile."""
    with ExitStack() as stack:
        stopped = [stack.enter_context(half_sent(impatient, 900_000, 1_000_000)) for _ in range(40)]
        # While theirs still come in, all who send contend; once they have stopped, nobody notices them.
        wait_until(lambda: large_request(impatient) == 401)
        assert [large_request(impatient) for _ in range(20)] == [401] * 20
        ends = [answer_on(connection) for connection in stopped]
    assert {(status, answer["code"]) for status, answer, _ in ends} == {(429, "RATE_LIMITED"), (408, "REQUEST_TIMEOUT")}
    assert {response.headers["Retry-After"] for status, _, response in ends if status == 429} == {"1"}
    assert asked(impatient)[0] == 200


@pytest.fixture
def narrow(database: Any, serve: Callable[[str], Any]) -> Iterator[str]:
    """One thread, four places in line for a caller without a token, and a URL whose view waits until another URL lets it go."""
    program = """
import json, threading
from django.conf import settings
import django; django.setup()
settings.WEB_THREADS = 1
from automate.web import http
from automate.serving import desks
desks.PLACES = 16
from automate.web import asgi
from automate.web.asgi import application
from django.http import JsonResponse
http.PATIENCE_SECONDS, http.IN_LINE_SECONDS = 0.2, 1.5
from django.urls import path
from automate.web import urls
begun, go = [], threading.Event()
def held(request):
    begun.append(request.GET["n"])
    go.wait(20)
    return JsonResponse({"begun": begun})
urls.urlpatterns.insert(0, path("held", held))
inner = application
async def application(scope, receive, send):
    if scope.get("path") == "/state":
        content = json.dumps({"begun": begun, "waiting": asgi._http._desks.rest.threads.waiting}).encode()
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})
        return
    if scope.get("path") == "/go":
        go.set()
        scope = {**scope, "path": "/healthz", "raw_path": b"/healthz"}
    await inner(scope, receive, send)
"""
    with serve(program) as host:
        yield host


@pytest.mark.slow
def test_requests_in_line_are_bounded_in_number_and_time(narrow: str) -> None:
    """Of nine, one is worked on, four stand in line until their time is over, four are turned away at once."""
    with ThreadPoolExecutor(10) as clients:
        requests = [clients.submit(asked, narrow, "GET", f"/held?n={n}") for n in range(9)]
        refused = [request.result() for request in islice(as_completed(requests), 8)]
        clients.submit(asked, narrow, "GET", "/go")
        ((status, answer, _),) = [request.result() for request in requests if request.result()[0] == 200]
    told = Counter((status, answer["code"], response.headers["Retry-After"]) for status, answer, response in refused)
    assert told == {(503, "UNAVAILABLE", "1"): 4, (429, "RATE_LIMITED", "1"): 4}
    assert all(response.headers["X-Trace-Id"] == answer["trace_id"] for _, answer, response in refused)
    assert (status, len(answer["begun"])) == (200, 1)


@pytest.mark.slow
def test_nobody_works_for_clients_that_left(narrow: str) -> None:
    name, port = narrow.split(":")

    def state() -> Any:
        return asked(narrow, path="/state")[1]

    with ThreadPoolExecutor(2) as clients:
        first = clients.submit(asked, narrow, "GET", "/held?n=first")
        wait_until(lambda: state() == {"begun": ["first"], "waiting": 0})
        with ExitStack() as stack:
            for n in range(3):
                connection = stack.enter_context(socket.create_connection((name, int(port))))
                connection.sendall(f"GET /held?n={n} HTTP/1.1\r\nHost: {narrow}\r\n\r\n".encode())
            wait_until(lambda: state()["waiting"] == 3)
        wait_until(lambda: state()["waiting"] == 0)
        last = clients.submit(asked, narrow, "GET", "/held?n=last")
        wait_until(lambda: state()["waiting"] == 1)
        assert asked(narrow, "GET", "/go")[0] == 200
        assert first.result()[0] == 200
        assert last.result()[1] == {"begun": ["first", "last"]}


@pytest.mark.parametrize("megabytes", [2, 8, 15])
def test_too_large_a_body_is_refused_by_the_view_once_it_is_sent(web: str, busy: Any, megabytes: int) -> None:
    """The client writes all of it before it reads, as most do; the connection can go on."""
    connection = http.client.HTTPConnection(web, timeout=SECONDS)
    connection.request("POST", "/graphql", b" " * (megabytes * MIB), {"Content-Type": "application/json"})
    response = connection.getresponse()
    error = json.loads(response.read())["errors"][0]["extensions"]
    assert (response.status, error["code"], error["details"]["max_bytes"]) == (413, "PAYLOAD_TOO_LARGE", MIB)
    assert response.headers["X-Trace-Id"] == error["trace_id"]
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()


def test_too_large_an_event_is_told_its_own_limit(web: str, api: Api, tenant: Any) -> None:
    api.data(MAIN_JOB["SaveSource"], input={"slug": "shop", "scheme": "UNSIGNED"})
    status, answer, response = asked(web, "POST", f"/t/{tenant.ref.slug}/hooks/shop", b"x" * (6 * MIB))
    assert (status, answer["message"]) == (
        413,
        naming("1048576"),
    )
    assert response.headers["X-Trace-Id"] == answer["trace_id"]


def test_endless_body_is_refused_before_its_end_and_the_answer_arrives(web: str) -> None:
    name, port = web.split(":")
    with socket.create_connection((name, int(port)), timeout=SECONDS) as connection:
        connection.sendall(
            f"POST /graphql HTTP/1.1\r\nHost: {web}\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        for _ in range(20 * 16):
            connection.sendall(piece)
        status, answer, response = answer_on(connection)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert response.headers["Connection"] == "close"


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "it never came so"
        time.sleep(0.01)


class Sender:
    """A body in pieces, as a server hands it over."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def send(self, chunk: bytes, *, more: bool = True) -> None:
        self.messages.put_nowait({"type": "http.request", "body": chunk, "more_body": more})

    def leave(self) -> None:
        self.messages.put_nowait({"type": "http.disconnect"})


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_held_bytes_never_pass_their_bound_and_come_back(run_async: Callable[[Any], Any]) -> None:
    async def scenario() -> None:
        held = Bodies(most=4_000)
        senders = [Sender() for _ in range(20)]
        tasks = [asyncio.ensure_future(held.read(sender.messages.get)) for sender in senders]
        for sender in senders:
            sender.send(b"x" * 300)
            await settled()
            assert held.held <= 1_000
        for sender in senders:
            sender.send(b"y" * 30, more=False)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        # The three that spoke last are whole; the others gave way, the longest silent first.
        assert [isinstance(end, Body) for end in ends] == [False] * 17 + [True] * 3
        assert {end.code for end in ends if isinstance(end, NormalizedError)} == {"RATE_LIMITED"}
        assert ends[-1].content == b"x" * 300 + b"y" * 30
        assert held.held == 3 * 330
        for end in ends[17:]:
            held.release(end)  # type: ignore[arg-type]
        assert held.held == 0

    run_async(scenario())


def test_bodies_of_a_lane_leave_room_for_other_lanes(run_async: Callable[[Any], Any]) -> None:
    """Half of the memory is the most of one lane; the rest of it is there for the others until all of it is held."""

    async def one(held: Bodies, lane: str) -> str:
        sender = Sender()
        sender.send(b"x" * 400, more=False)
        try:
            await held.read(sender.messages.get, lane=lane)
        except NormalizedError as refusal:
            return refusal.code
        return "held"

    async def scenario() -> list[str]:
        held = Bodies(most=1_600)
        return [await one(held, lane) for lane in ("a", "a", "a", "b", "c", "d")]

    assert run_async(scenario()) == ["held", "held", "RATE_LIMITED", "held", "held", "UNAVAILABLE"]


def test_whole_bodies_do_not_give_way(run_async: Callable[[Any], Any]) -> None:
    async def scenario() -> None:
        held, first, second = Bodies(most=4_000), Sender(), Sender()
        first.send(b"x" * 800, more=False)
        body = await held.read(first.messages.get)
        second.send(b"y" * 300, more=False)
        with pytest.raises(NormalizedError) as refusal:
            await held.read(second.messages.get)
        assert (refusal.value.code, held.held) == ("RATE_LIMITED", 800)
        held.release(body)

    run_async(scenario())


def test_leaving_and_cancelling_give_back_what_was_held(run_async: Callable[[Any], Any]) -> None:
    async def scenario() -> None:
        held, leaver, cancelled = Bodies(), Sender(), Sender()
        tasks = [asyncio.ensure_future(held.read(sender.messages.get)) for sender in (leaver, cancelled)]
        for sender in (leaver, cancelled):
            sender.send(b"x" * 10)
        await settled()
        assert held.held == 20
        leaver.leave()
        tasks[1].cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ends] == [DisconnectedError, asyncio.CancelledError]
        assert held.held == 0

    run_async(scenario())


def test_task_goes_on_after_its_body_was_refused(
    run_async: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cancellation that woke it is spent: what it waits for next is not cancelled."""
    monkeypatch.setattr(bodies, "SILENT_SECONDS", 0.05)

    async def scenario() -> str:
        sender = Sender()
        sender.send(b"x")
        with pytest.raises(NormalizedError) as refusal:
            await Bodies().read(sender.messages.get)
        await asyncio.wait_for(asyncio.sleep(0.01), 1)
        return refusal.value.code

    assert run_async(scenario()) == "REQUEST_TIMEOUT"
