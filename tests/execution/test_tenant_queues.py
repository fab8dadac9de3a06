"""A tenant queue takes one tenant's work through its passes: in sets, within bounds, and whatever fails on the way."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from actors import holding
from actors import tenant_scheduler as schedulers
from automate.kernel.ids import new_id
from automate.outbox import claims
from automate.runs import transitions
from automate.runs.matching import match_events
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give

STEP = [{"key": "a", "uses": "test.scripted", "retry": {"max_attempts": 1}}]
QUICK = [{"key": "a", "uses": "test.quick"}]


def test_set_that_failed_leaves_the_tenant_queue_its_room(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a transaction that failed had made is held no more, else a tenant queue that never empties fills up with it."""
    monkeypatch.setattr(holding, "QUEUE_JOBS", 4)
    gate, write = Gate(), transitions.write
    slow = Scripted(inline=False, acts=(gate,))
    with connectors(slow, Scripted(name="test.quick")), a_scheduler() as scheduler:
        plane.publish("slow", STEP, when={"==": [{"var": "payload.n"}, 0]})
        plane.publish("quick", QUICK, when={">": [{"var": "payload.n"}, 0]})
        plane.send({"n": 0})
        give(scheduler, plane)
        gate.await_calls(1)
        with monkeypatch.context() as patch:
            patch.setattr(transitions, "write", lambda *_: 1 / 0)
            plane.send({"n": 1}, {"n": 2}, {"n": 3})
            give(scheduler, plane)
            plane.until(lambda: [job[0] for job in plane.jobs()].count("pending") == 3)
        assert transitions.write is write
        plane.root.rows("UPDATE outbox_job SET due_at = now() WHERE state = 'pending' RETURNING 1")
        give(scheduler, plane)
        plane.until(lambda: plane.runs().count(("succeeded", "")) == 3)
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")] * 4


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("ending", [asyncio.CancelledError(), SystemExit(3)])
def test_connector_that_ends_more_than_its_call_fails_alone(
    plane: Plane,
    ending: BaseException,
    inline: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    rude, quick = Scripted(inline=inline, acts=(ending,)), Scripted(inline=False, name="test.quick")
    with connectors(rude, quick), a_scheduler() as scheduler:
        plane.publish("rude", STEP, when={"==": [{"var": "payload.n"}, 0]})
        plane.publish("quick", QUICK, when={"==": [{"var": "payload.n"}, 1]})
        plane.send({"n": 0})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
        plane.send({"n": 1})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
        assert scheduler.jobs() == []
    assert plane.steps() == [("a", 1, "failed", "INTERNAL"), ("a", 1, "succeeded", "")]


def test_message_of_no_tenant_is_let_go(plane: Plane) -> None:
    with a_scheduler() as scheduler:
        scheduler.take(uuid.uuid4(), [new_id()], match_events)
        assert scheduler.await_rest(SECONDS)
        assert scheduler._queues == {}


def test_claim_that_failed_is_made_again(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and not when the relay sends the jobs again."""
    monkeypatch.setattr(schedulers, "FAULT_SECONDS", 0.01)
    claim, failures = claims.claim, [OperationalError("away")]

    def fails_once(*given: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return claim(*given, **options)

    plane.publish("note", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    plane.send({}, {})
    monkeypatch.setattr(claims, "claim", fails_once)
    with a_scheduler() as scheduler:
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")] * 2
    assert {(state, attempts) for state, _, attempts in plane.jobs()} <= {("done", 0), ("done", 1)}


def test_tenant_queue_that_rests_after_a_fault_holds_up_no_other(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty, sound = planes(2)
    rests: list[Callable[[], None]] = []
    monkeypatch.setattr(schedulers, "later", lambda _seconds, act: rests.append(act))
    claim = claims.claim

    def fails_for_one(tenant_id: uuid.UUID, *given: Any, **options: Any) -> Any:
        if tenant_id == faulty.tenant.id:
            raise OperationalError("away")
        return claim(tenant_id, *given, **options)

    monkeypatch.setattr(claims, "claim", fails_for_one)
    for plane in (faulty, sound):
        plane.publish("note", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
        plane.send({})
    with a_scheduler(threads=1) as scheduler:
        jobs = sound.dispatch()
        give(scheduler, faulty, jobs)
        give(scheduler, sound, jobs)
        sound.until(lambda: sound.runs() == [("succeeded", "")])
        (rest_is_over,) = rests
        scheduler.close()
        rest_is_over()
    assert [job[0] for job in faulty.jobs()] == ["pending"]
