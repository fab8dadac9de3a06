"""One timer of the event loop calls many functions, each after the same time."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest

from automate.serving.shared_timer import SharedTimer

SECONDS = 0.02


class Counting(asyncio.SelectorEventLoop):
    """Counts the timers that it has started."""

    timers = 0

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self.timers += callback.__name__ == "_ring"
        return super().call_later(delay, callback, *args, context=context)


def played(scenario: Callable[[Counting], Any]) -> int:
    """The number of timers that the scenario started."""
    loop = Counting()
    try:
        loop.run_until_complete(asyncio.wait_for(scenario(loop), 20))
        return loop.timers
    finally:
        loop.close()


def test_functions_are_called_in_order_and_not_before_their_time() -> None:
    async def scenario(loop: Counting) -> None:
        timer, last = SharedTimer(SECONDS), asyncio.Event()
        called: list[tuple[str, float]] = []
        began = loop.time()
        for name in "abc":
            timer.call_later(lambda name=name: called.append((name, loop.time())))  # type: ignore[misc]
            await asyncio.sleep(SECONDS / 4)
        timer.call_later(last.set)
        await last.wait()
        assert [name for name, _ in called] == ["a", "b", "c"]
        for turn, (_, at) in enumerate(called):
            assert at - began >= SECONDS + turn * SECONDS / 4 - 0.001

    played(scenario)


def test_cancelled_functions_are_never_called() -> None:
    async def scenario(_loop: Counting) -> None:
        timer, last, called = SharedTimer(SECONDS), asyncio.Event(), list[str]()
        alarms = [timer.call_later(lambda name=name: called.append(name)) for name in "abc"]  # type: ignore[misc]
        alarms[1].cancel()
        timer.call_later(last.set)
        await last.wait()
        assert called == ["a", "c"]
        for alarm in alarms:
            alarm.cancel()

    played(scenario)


def test_function_can_cancel_another_one_that_is_due_in_the_same_turn() -> None:
    async def scenario(_loop: Counting) -> None:
        timer, last, called = SharedTimer(0.0), asyncio.Event(), list[str]()

        def cancel() -> None:
            second.cancel()

        timer.call_later(cancel)
        second = timer.call_later(lambda: called.append("second"))
        timer.call_later(last.set)
        await last.wait()
        assert called == []

    played(scenario)


def test_many_functions_need_one_timer_of_the_loop() -> None:
    async def scenario(_loop: Counting) -> None:
        timer = SharedTimer(20)
        for _ in range(1_000):
            timer.call_later(list).cancel()

    assert played(scenario) == 1


def test_function_that_fails_stops_no_other() -> None:
    async def scenario(loop: Counting) -> None:
        timer, last, faults = SharedTimer(SECONDS), asyncio.Event(), list[Any]()
        loop.set_exception_handler(lambda _loop, context: faults.append(context["exception"]))
        timer.call_later(lambda: 1 // 0)
        timer.call_later(last.set)
        await last.wait()
        assert [type(fault) for fault in faults] == [ZeroDivisionError]

    played(scenario)


@pytest.mark.parametrize("cancelled", [True, False])
def test_timer_serves_the_next_loop(*, cancelled: bool) -> None:
    """A loop that has ended leaves no function behind, and does not keep the next loop from its timer."""
    timer, called = SharedTimer(SECONDS), list[str]()

    async def first(_loop: Counting) -> None:
        alarm = timer.call_later(lambda: called.append("first"))
        if cancelled:
            alarm.cancel()

    async def second(_loop: Counting) -> None:
        last = asyncio.Event()
        timer.call_later(last.set)
        await last.wait()

    assert (played(first), played(second), called) == (1, 1, [])


def test_cancelled_function_is_freed() -> None:
    class Request:
        def look(self) -> None:
            pass

    async def scenario(_loop: Counting) -> None:
        request = Request()
        kept = weakref.ref(request)
        timer = SharedTimer(20)
        alarm = timer.call_later(request.look)
        alarm.cancel()
        del request, alarm
        assert kept() is None

    gc.disable()
    try:
        played(scenario)
    finally:
        gc.enable()
