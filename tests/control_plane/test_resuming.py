"""A task that waits for a thread resumes in the turn of the event loop that receives the answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from automate.serving.resuming import Resumption

SECONDS = 20
_seen: ContextVar[str] = ContextVar("seen", default="outside")


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, SECONDS))


def test_task_resumes_within_the_call() -> None:
    async def scenario() -> None:
        loop, order = asyncio.get_running_loop(), list[str]()
        event = Resumption(loop)

        async def wait() -> None:
            _seen.set("task")
            await event
            order.append(_seen.get())

        task = loop.create_task(wait())
        await asyncio.sleep(0)
        done = asyncio.Event()

        def resume() -> None:
            event.resume()
            order.append("resumed")
            done.set()

        loop.call_soon(resume)
        await done.wait()
        await task
        assert order == ["task", "resumed"]

    run(scenario())


def test_task_resumes_when_a_thread_ends_after_or_before_the_wait() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        for early in (False, True):
            event, heard = Resumption(loop), asyncio.Event()
            event.add_done_callback(lambda _event, heard=heard: heard.set())  # type: ignore[misc]
            thread = threading.Thread(target=lambda event=event: loop.call_soon_threadsafe(event.resume))
            thread.start()
            if early:
                await heard.wait()
            await event
            thread.join()
            event.resume()
            assert not event.cancel()

    run(scenario())


def test_cancelled_task_stops_waiting() -> None:
    async def scenario() -> None:
        event = Resumption(asyncio.get_running_loop())

        async def wait() -> None:
            await event

        task = asyncio.get_running_loop().create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        event.resume()
        assert event.done()

    run(scenario())


def test_other_futures_can_follow_it() -> None:
    """``asyncio.wait_for`` and the like add and remove callbacks."""

    async def scenario() -> None:
        event, called = Resumption(asyncio.get_running_loop()), list[Resumption]()
        event.add_done_callback(called.append)
        assert event.remove_done_callback(called.append) == 1
        event.add_done_callback(called.append)
        event.resume()
        assert called == [event]

    run(scenario())
