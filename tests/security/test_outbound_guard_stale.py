"""An idle connection that the other side closed is no failure of the host."""

from __future__ import annotations

import pytest

from actors.connectors.guard import Guard, http1_connection
from actors.connectors.guard.call_state import repeating
from automate.runs.breaker_view import health
from tests.support.idle_closer import How, IdleCloser
from tests.support.outbound import LOOPBACK, fetch, refusal
from tests.support.raw_server import run

POST = {"method": "POST", "body": b"{}"}
ENDS: tuple[How, ...] = ("FIN", "RST")


@pytest.mark.parametrize("how", ENDS)
def test_safe_request_is_sent_again_on_a_new_connection(how: How) -> None:
    async def work() -> None:
        guard = Guard()
        with IdleCloser(how=how) as server:
            for turn in range(1, 6):
                assert (await fetch(guard, server.url, LOOPBACK)).status == 200
                assert (server.connections, len(server.requests)) == (turn, 2 * turn - 1)

    run(work())


@pytest.mark.parametrize("how", ENDS)
def test_request_that_may_not_be_repeated_is_sent_once_and_says_nothing_of_the_host(how: How) -> None:
    async def work() -> None:
        guard = Guard()
        with IdleCloser(how=how) as server, repeating(allowed=False) as repeats:
            assert (await fetch(guard, server.url, LOOPBACK, **POST)).status == 200
            error = await refusal(guard, server.url, LOOPBACK, **POST)
            assert (error.code, error.arrived) == ("CONNECTOR_TRANSIENT", True)
            assert health(error.as_json()) is None
            assert (server.connections, len(server.requests), repeats.made) == (1, 2, 0)

    run(work())


def test_call_whose_effect_may_be_repeated_is_sent_again_once() -> None:
    async def work() -> None:
        guard = Guard()
        with IdleCloser() as server, repeating(allowed=True) as repeats:
            for _ in range(2):
                assert (await fetch(guard, server.url, LOOPBACK, **POST)).status == 200
            assert (server.connections, len(server.requests), repeats.made) == (2, 3, 1)
            error = await refusal(guard, server.url, LOOPBACK, **POST)
            assert (error.arrived, health(error.as_json()), len(server.requests)) == (True, None, 4)

    run(work())


def test_request_is_not_sent_again_when_the_connection_ends_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a worker sees it that was frozen in the middle of a call: another one has the step by then."""
    monkeypatch.setattr(http1_connection, "IDLE_END_SECONDS", 0.0)

    async def work() -> None:
        guard = Guard()
        with IdleCloser() as server, repeating(allowed=True) as repeats:
            assert (await fetch(guard, server.url, LOOPBACK, **POST)).status == 200
            error = await refusal(guard, server.url, LOOPBACK, **POST)
            assert (error.code, error.arrived, health(error.as_json())) == ("CONNECTOR_TRANSIENT", True, False)
            assert (server.connections, len(server.requests), repeats.made) == (1, 2, 0)

    run(work())


def test_harmless_request_needs_no_leave() -> None:
    async def work() -> None:
        guard = Guard()
        with IdleCloser() as server, repeating(allowed=False):
            for _ in range(3):
                assert (await fetch(guard, server.url, LOOPBACK, harmless=True, **POST)).status == 200

    run(work())


def test_host_that_closes_new_connections_too_is_ill() -> None:
    async def work() -> None:
        guard = Guard()
        with IdleCloser(good=1) as server:
            assert (await fetch(guard, server.url, LOOPBACK)).status == 200
            server.good = 0
            error = await refusal(guard, server.url, LOOPBACK)
            assert (error.code, health(error.as_json())) == ("CONNECTOR_TRANSIENT", False)
            assert (server.connections, len(server.requests)) == (2, 3)
            error = await refusal(guard, server.url, LOOPBACK)
            assert (health(error.as_json()), server.connections, len(server.requests)) == (False, 3, 4)

    run(work())


def test_answer_that_began_is_not_asked_for_again() -> None:
    async def work() -> None:
        guard = Guard()
        with IdleCloser(cut=b"HTTP/1.1 2") as server:
            assert (await fetch(guard, server.url, LOOPBACK)).status == 200
            error = await refusal(guard, server.url, LOOPBACK)
            assert (health(error.as_json()), len(server.requests)) == (False, 2)

    run(work())
