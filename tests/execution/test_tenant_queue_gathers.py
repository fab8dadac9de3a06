"""What returns together is written together, and a tenant queue that was emptied is not mistaken for its successor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from actors import tenant_queue
from actors.holding import Doing
from actors.tenant_queue import TenantQueue
from actors.tenant_scheduler import TenantScheduler
from automate.runs.advance import Advance
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give

STEP = [{"key": "a", "uses": "test.scripted"}]
FOR_EVER = 3600.0


@pytest.fixture
def sets(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many runs each transaction that recorded results wrote."""
    seen: list[int] = []
    commit = RunSet.commit

    def counted(run_set: RunSet, made: Sequence[Advance]) -> list[StepCall]:
        seen.append(len(made))
        return commit(run_set, made)

    monkeypatch.setattr(RunSet, "commit", counted)
    return seen


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    with connectors(Scripted(inline=False, acts=(gate,))):
        yield gate
        gate.let_in()


def await_rest_of(scheduler: TenantScheduler, plane: Plane) -> TenantQueue:
    """Until the pass that launched the calls has ended: what comes before that is taken by the next at once."""
    queue = scheduler._queues[plane.tenant.id]
    plane.until(lambda: queue.doing is Doing.RESTING)
    return queue


def test_results_within_the_window_are_one_set(plane: Plane, gate: Gate, sets: list[int]) -> None:
    with a_scheduler() as scheduler:
        plane.publish("one", STEP)
        plane.send(*[{}] * 9)
        give(scheduler, plane)
        gate.await_calls(9)
        await_rest_of(scheduler, plane)
        gate.let_in(8)
        plane.until(lambda: plane.runs().count(("succeeded", "")) == 8)
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert sets == [8, 1]


def test_last_one_out_waits_for_nobody(
    plane: Plane, gate: Gate, sets: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does anybody who waited for it."""
    monkeypatch.setattr(tenant_queue, "GATHER_SECONDS", FOR_EVER)
    with a_scheduler() as scheduler:
        plane.publish("one", STEP)
        plane.send(*[{}] * 3)
        give(scheduler, plane)
        gate.await_calls(3)
        queue = await_rest_of(scheduler, plane)
        gate.let_in(2)
        plane.until(lambda: len(queue._results) == 2)
        assert plane.runs() == [("running", "")] * 3
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert sets == [3]
    assert plane.runs() == [("succeeded", "")] * 3


def test_single_call_waits_for_nobody(
    plane: Plane, gate: Gate, sets: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_queue, "GATHER_SECONDS", FOR_EVER)
    with a_scheduler() as scheduler:
        plane.publish("one", STEP)
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        await_rest_of(scheduler, plane)
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert sets == [1]


def test_window_that_ends_after_its_tenant_queue_leaves_the_next_tenant_queue_alone(plane: Plane, gate: Gate) -> None:
    """The tenant queue's last two results were written at once, and the tenant's next message made a new tenant queue meanwhile."""
    with a_scheduler() as scheduler:
        plane.publish("one", STEP)
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        before = scheduler._queues[plane.tenant.id]
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
        plane.until(lambda: scheduler._queues == {})
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(2)
        after = scheduler._queues[plane.tenant.id]
        before._gathered()
        scheduler._ready(before)
        plane.until(lambda: before.doing is Doing.RESTING)
        assert after is not before
        assert scheduler._queues == {plane.tenant.id: after}
        assert len(scheduler.jobs()) == 1
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")] * 2
