"""The outside world in a test: an HTTP server that counts every call by its Idempotency-Key, and can hold calls back."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import Self

from tests.support.serving import Connections

WAIT_SECONDS = 60.0


@dataclass(eq=False)
class Call:
    """One request. serial: its place among all; the answer says it, so that a stored output tells which call it is of.

    port: the caller's. cut: the caller went away before it had an answer. answered: the answer was written.
    headers: by their names in lower case. text: the body as it came.
    """

    serial: int
    key: str
    body: dict[str, Any]
    port: int
    cut: bool = False
    answered: bool = False
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    gate: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def number(self) -> int:
        number: int = self.body["n"]
        return number

    @property
    def held(self) -> bool:
        return not (self.cut or self.answered)


class Receiver:
    """``with Receiver() as receiver``: a server in a thread of its own.

    calls: all that came, in order. ``hold`` keeps the answers of calls that come from now on back, ``release`` lets
    them go. delay_seconds: what each answer takes. address: host and port; port 0 is any free one.
    """

    def __init__(self, *, delay_seconds: float = 0.0, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self.calls: list[Call] = []
        self._delay = delay_seconds
        self._address = address
        self._holding = False
        self._held_keys: Collection[str] | None = None
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="receiver")
        self._connections = Connections()

    def __enter__(self) -> Self:
        self._thread.start()
        host, port = self._address
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, host, port, backlog=512), self._loop
        ).result()
        self.url = f"http://{host}:{self._server.sockets[0].getsockname()[1]}/effect"
        return self

    def __exit__(self, *_exception: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def hold(self, keys: Collection[str] | None = None) -> None:
        """From now on, all calls or those under the given keys."""
        self._holding, self._held_keys = True, keys

    def release(self, calls: Sequence[Call] | None = None) -> None:
        """Answer the given held calls; or all, and hold back no more."""
        if calls is None:
            self._holding = False
        for call in list(self.calls) if calls is None else calls:
            self._loop.call_soon_threadsafe(call.gate.set)

    def holds(self, call: Call) -> bool:
        """Whether an answer is kept back until it is released."""
        return self._holding and (self._held_keys is None or call.key in self._held_keys)

    def delay_of(self, call: Call) -> float:
        return self._delay

    def status_of(self, call: Call) -> int:
        return 200

    def held(self) -> list[Call]:
        return [call for call in list(self.calls) if call.held]

    def keys(self) -> Counter[str]:
        """How often each Idempotency-Key came."""
        return Counter(call.key for call in list(self.calls))

    def repeated(self) -> set[str]:
        return {key for key, count in self.keys().items() if count > 1}

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Until something that came, went or was answered makes the condition true."""
        with self._changed:
            assert self._changed.wait_for(condition, seconds), f"the receiver waited {seconds} s for {what}"

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    async def _close(self) -> None:
        await self._connections.end(self._server)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._connections.serving(writer):
            while True:
                call = await self._read(reader, writer.get_extra_info("peername")[1])
                with self._changed:
                    self.calls.append(call)
                    self._changed.notify_all()
                if self.holds(call):
                    await self._held(call, reader)
                elif (delay := self.delay_of(call)) > 0:
                    await asyncio.sleep(delay)
                if not call.cut:
                    await self._answer(call, writer)
                self._tell()
                if call.cut:
                    return

    def answer_to(self, call: Call) -> dict[str, Any]:
        """The body of the answer."""
        return {"serial": call.serial}

    async def _read(self, reader: asyncio.StreamReader, port: int) -> Call:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, value in lines}
        text = (await reader.readexactly(int(headers["content-length"]))).decode()
        key = headers.get("idempotency-key") or headers["webhook-id"]
        return Call(len(self.calls), key, json.loads(text), port, headers=headers, text=text)

    @staticmethod
    async def _held(call: Call, reader: asyncio.StreamReader) -> None:
        """Until the gate opens, or the caller's end: it sends nothing before it has its answer."""
        opened = asyncio.ensure_future(call.gate.wait())
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({opened, gone}, return_when=asyncio.FIRST_COMPLETED)
            call.cut = gone.done() and not call.gate.is_set()
        finally:
            for waiting in (opened, gone):
                waiting.cancel()
            await asyncio.gather(opened, gone, return_exceptions=True)

    async def _answer(self, call: Call, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(self.answer_to(call)).encode()
        status = f"HTTP/1.1 {self.status_of(call)} As It Is"
        head = f"{status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        call.answered = True
        writer.write(head.encode() + body)
        await writer.drain()
