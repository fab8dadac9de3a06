"""How web's HTTP protocol writes answers, and when it closes a connection after one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from automate.serving.shared_timer import SharedTimer
from automate.web import protocol
from automate.web.protocol import BoundedProtocol
from tests.control_plane.test_joined_answers import Wire

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
BODY = b"body"


class Open(Wire):
    """A connection of a client."""

    def get_extra_info(self, _name: str) -> None:
        return None

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def answering(*parts: bytes, declared: bool = True) -> Callable[..., Any]:
    """An application that sends a body in parts. declared: whether it declares the length."""

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"%d" % sum(map(len, parts)))] if declared else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for turn, part in enumerate(parts, start=1):
            await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": part, "more_body": turn < len(parts)})

    return application


async def connected(application: Callable[..., Any]) -> tuple[BoundedProtocol, Open]:
    config = uvicorn.Config(application, http=BoundedProtocol, lifespan="off", log_config=None, proxy_headers=False)
    config.load()
    made = BoundedProtocol(config=config, server_state=ServerState(), app_state={}, _loop=asyncio.get_running_loop())
    wire: Any = Open()
    made.connection_made(wire)
    return made, wire


async def settled(made: BoundedProtocol) -> None:
    while made.tasks:
        await asyncio.gather(*made.tasks)


def written(request: bytes, application: Callable[..., Any]) -> list[bytes]:
    """The writes of the answer."""

    async def scenario() -> list[bytes]:
        made, wire = await connected(application)
        made.data_received(request)
        await settled(made)
        made.connection_lost(None)
        return [data for data in wire.written if data is not None]

    return asyncio.run(scenario())


def test_whole_answer_is_one_write() -> None:
    (answer,) = written(GET, answering(BODY))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", BODY)


def test_answer_to_head_is_written_without_a_body() -> None:
    (answer,) = written(GET.replace(b"GET", b"HEAD"), answering(BODY))
    assert b"content-length: 4\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_pipelined_requests_get_their_answers_in_order() -> None:
    answers = written(GET * 3, answering(BODY))
    assert len(answers) == 3
    assert all(answer.endswith(b"\r\n\r\n" + BODY) for answer in answers)


def test_head_of_a_stream_does_not_wait_for_the_first_part() -> None:
    head, *parts = written(GET, answering(b"a", b"b", declared=False))
    assert head.endswith(b"\r\n\r\n")
    assert b"".join(parts) == b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"


def test_connection_is_closed_some_time_after_its_last_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_keep_alive", SharedTimer(0.5))

    async def scenario() -> None:
        made, wire = await connected(answering(BODY))
        for _ in range(3):
            made.data_received(GET)
            assert made.timeout_keep_alive_task is None
            await settled(made)
            assert made.timeout_keep_alive_task is not None
        for _ in range(500):
            if wire.is_closing():
                break
            await asyncio.sleep(0.01)
        assert wire.is_closing()
        assert len(wire.written) == 4

    asyncio.run(scenario())
