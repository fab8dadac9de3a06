"""A real HTTP server on this machine. A test can make the server fail."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from actors.sdk.contract.faults import DONE_NOTHING, Fault
from automate.kernel.json_values import JsonObject, JsonValue

RETRY_AFTER_SECONDS = 7
DRIP_SECONDS = 0.02
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Request:
    """A received request."""

    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> JsonValue:
        value: JsonValue = json.loads(self.body)
        return value

    @property
    def idempotency_key(self) -> str:
        return self.headers.get("idempotency-key", "")

    def text(self) -> str:
        """The whole request as text, unchanged."""
        lines = [f"{self.method} {self.path}", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\n".join([*lines, self.body.decode("latin-1")])


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int = 200
    json: JsonValue = None
    """A value other than None replaces ``body``."""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        headers = dict(self.headers)
        body = self.body
        if self.json is not None:
            body = json.dumps(self.json).encode()
            headers.setdefault("Content-Type", "application/json")
        lines = [f"HTTP/1.1 {self.status} Said", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())]).encode() + _END + body


class Service:
    """Simulates the system that a connector calls. Acts once for each idempotency key, and answers ``{}``."""

    def __init__(self) -> None:
        self.done: list[Request] = []

    def answer(self, request: Request) -> Answer:
        """Carry out a request and return the answer. A new effect is appended to ``done``."""
        if request.idempotency_key not in {made.idempotency_key for made in self.done}:
            self.done.append(request)
        return Answer(json={})


class Peer:
    """An HTTP server for tests: ``async with Peer(service) as peer``. ``requests`` has all complete requests."""

    def __init__(self, service: Service, fault: Fault = Fault.NONE) -> None:
        self.service, self.fault = service, fault
        self.connections = 0
        self.requests: list[Request] = []
        self.away = ""
        self.answer: Answer | None = None
        """Replaces the service's answer; the service is not called."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Peer:  # noqa: PYI034 - Python 3.10 has no Self
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            while not writer.is_closing():
                request = await _read(reader)
                self.requests.append(request)
                await self._misbehave(request, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _misbehave(self, request: Request, writer: asyncio.StreamWriter) -> None:
        fault = self.fault
        if self.answer is not None:
            said = self.answer
        else:
            said = self._spoilt(request) if fault in DONE_NOTHING else self.service.answer(request)
        if fault is Fault.TIME_OUT:
            await asyncio.Event().wait()
        elif fault is Fault.RESET:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            writer.transport.abort()
        elif fault is Fault.HALF_A_BODY:
            writer.write(
                f"HTTP/1.1 {said.status} Said\r\nContent-Type: application/json\r\nContent-Length: 500".encode()
            )
            writer.write(_END + b'{"id": "ha')
            await writer.drain()
            writer.close()
        elif fault is Fault.SLOW_DRIP:
            writer.write(b"HTTP/1.1 200 Said\r\nContent-Type: application/json\r\nContent-Length: 100000" + _END)
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(DRIP_SECONDS)
        else:
            if fault in {Fault.WRONG_TYPE, Fault.ECHO}:
                said = self._spoilt(request)
            writer.write(said.raw())
            await writer.drain()

    def _spoilt(self, request: Request) -> Answer:
        page = {"Content-Type": "text/html"}
        echoed: JsonObject = {"you_sent": request.text(), "headers": {**request.headers}}
        answers = {
            Fault.RATE_LIMITED: Answer(429, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}),
            Fault.REDIRECT_LOOP: Answer(307, headers={"Location": f"{self.origin}/again"}),
            Fault.REDIRECT_AWAY: Answer(307, headers={"Location": f"{self.away}/elsewhere"}),
            Fault.WRONG_TYPE: Answer(body=b"<html><title>Please log in</title></html>", headers=page),
            Fault.ECHO: Answer(json=echoed),
            Fault.ECHO_REFUSED: Answer(422, json=echoed),
        }
        return answers[self.fault]


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(_END)).decode("latin-1")
    line, *lines = head.split("\r\n")
    method, path, _ = line.split(" ", 2)
    headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines if one)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


def stable(requests: Sequence[Request]) -> list[tuple[str, str, str, bytes]]:
    """Return the method, path, idempotency key and body of each request. These parts stay the same in every attempt."""
    return [(request.method, request.path, request.idempotency_key, request.body) for request in requests]
