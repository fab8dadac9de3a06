"""Subscribers over WebSockets in a thread: each frame that the server sends, as text."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.sockets import open_socket

SECONDS = 60.0
_ENDS = re.compile(r'"toState": ?"(?:SUCCEEDED|FAILED)"')


class Heard:
    """frames: of all subscriptions. Thread-safe to read."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.items: Counter[str] = Counter()
        self.open = threading.Event()
        self.failed: BaseException | None = None

    def fields(self) -> set[str]:
        """The fields that sent anything."""
        return set(self.items)

    def await_end(self, run: str) -> None:
        """Until a frame has the last transition of a run. run: its global id."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            if any(run in frame and _ENDS.search(frame) for frame in self.frames):
                return
            time.sleep(0.05)
        raise AssertionError((run, self.items, self.failed))


@contextmanager
def listening(host: str, token: str, documents: Mapping[str, str]) -> Iterator[Heard]:
    """Subscribes before the block. documents: a subscription by the name of its field."""
    heard, loop = Heard(), asyncio.new_event_loop()
    task = loop.create_task(_listen(host, token, documents, heard))
    thread = threading.Thread(target=_run, args=(loop, task, heard))
    thread.start()
    try:
        assert heard.open.wait(SECONDS), heard.failed
        yield heard
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(SECONDS)
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None], heard: Heard) -> None:
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    except BaseException as error:  # noqa: BLE001 - shown by the test
        heard.failed = error


async def _listen(host: str, token: str, documents: Mapping[str, str], heard: Heard) -> None:
    """A feed sends a checkpoint when it begins: all are open once each field has sent something."""
    async with open_socket(host, token) as socket:
        for field, document in documents.items():
            await socket.subscribe(field, document)
        while True:
            frame = await socket.connection.recv()
            text = frame if isinstance(frame, str) else frame.decode()
            heard.frames.append(text)
            message = json.loads(text)
            if message["type"] == "error":
                raise AssertionError(message)
            if "id" in message:
                heard.items[message["id"]] += 1
            if heard.items.keys() >= documents.keys():
                heard.open.set()
