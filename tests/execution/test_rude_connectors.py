"""A connector that outlives its time, leaves tasks behind or blocks: what others have under way goes on, and its run ends."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings

from actors import call_loop, calls, worker
from actors.connectors.base import Call
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give

STEP = [{"key": "a", "uses": "test.scripted", "retry": {"max_attempts": 1}}]
QUICK = [{"key": "a", "uses": "test.quick"}]
_left: list[asyncio.Task[None]] = []


async def leaves_an_exit_behind(_: Call) -> dict[str, Any]:
    async def exits() -> None:
        raise SystemExit(9)

    _left.append(asyncio.get_running_loop().create_task(exits()))
    await asyncio.sleep(0)
    return {}


async def stops_the_loop(_: Call) -> dict[str, Any]:
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0)
    return {}


@pytest.mark.parametrize("act", [leaves_an_exit_behind, stops_the_loop])
def test_calls_of_others_survive_an_exit_in_a_task_of_its_own(plane: Plane, act: Any) -> None:
    gate = Gate()
    rude, other = Scripted(inline=False, acts=(act,)), Scripted(inline=False, name="test.quick", acts=(gate,))
    with connectors(rude, other), a_scheduler() as scheduler:
        plane.publish("rude", STEP, when={"==": [{"var": "payload.n"}, 0]})
        plane.publish("quick", QUICK, when={"==": [{"var": "payload.n"}, 1]})
        plane.send({"n": 1})
        give(scheduler, plane)
        gate.await_calls(1)
        plane.send({"n": 0})
        give(scheduler, plane)
        plane.until(lambda: ("a", 1, "succeeded", "") in plane.steps())
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")] * 2


def test_call_that_does_not_heed_its_end_is_left(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run has timed out on time, and the tenant queue has its place back."""
    monkeypatch.setattr(calls, "GRACE_SECONDS", 0.0)
    over = asyncio.Event()

    async def stays(_: Call) -> dict[str, Any]:
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()
        return {}

    with connectors(Scripted(inline=False, acts=(stays,))), a_scheduler() as scheduler:
        plane.publish("stays", [{**STEP[0], "timeout_seconds": 1}])
        plane.send({})
        give(scheduler, plane)
        try:
            assert scheduler.await_rest(SECONDS)
            assert plane.steps() == [("a", 1, "failed", "STEP_TIMED_OUT")]
        finally:
            call_loop.call_loop().call_soon_threadsafe(over.set)


def test_loop_that_is_held_up_is_seen_and_its_leases_are_not_kept(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEASE_SECONDS", 0.2)
    began = threading.Event()

    async def blocks(_: Call) -> dict[str, Any]:
        began.set()
        time.sleep(1)  # noqa: ASYNC251 - what a connector must not do
        return {}

    with connectors(Scripted(inline=False, acts=(blocks,))), a_scheduler() as scheduler:
        monkeypatch.setattr(worker, "run_scheduler", scheduler)
        plane.publish("blocks", STEP)
        plane.send({})
        give(scheduler, plane)
        assert began.wait(SECONDS)
        assert worker.held() == scheduler.jobs() != []
        plane.until(lambda: worker.held() == ())
        plane.until(lambda: call_loop.turns.silent_seconds() == 0)
        assert scheduler.await_rest(SECONDS)
