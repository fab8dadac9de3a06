"""A process has so many calls under way and no more; each run has its part, and none waits for another one's end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from actors import holding
from automate.kernel.tenancy import acting_for
from automate.recovery.controlling import cancel_runs
from tests.support.for_each import begin, each
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import Gate, a_scheduler, give

CALLS = 12


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "PROCESS_CALLS", CALLS)


def under_way(plane: Plane) -> dict[object, int]:
    """How many calls each run has under way."""
    return dict(plane.rows("SELECT run_id, count(*) FROM step_run WHERE state = 'running' GROUP BY run_id"))


def finish(gate: Gate, plane: Plane) -> None:
    def ended() -> bool:
        gate.let_in()
        return {state for state, _ in plane.runs()} <= {"succeeded", "cancelled"}

    plane.until(ended)


def test_items_of_several_runs_share_the_calls_of_the_process(plane: Plane) -> None:
    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler() as scheduler:
        plane.publish("one", [each(scripted, parallel=20)])
        plane.send(*[{"rows": list(range(20))}] * 3)
        give(scheduler, plane)
        gate.await_calls(CALLS)
        assert sorted(under_way(plane).values()) == [4, 4, 4]
        for round_ in range(2, 6):
            gate.let_in(CALLS)
            gate.await_calls(round_ * CALLS)
            plane.until(lambda: sum(under_way(plane).values()) == CALLS)
        gate.let_in()
        plane.until(lambda: [state for state, _ in plane.runs()] == ["succeeded"] * 3)
    assert Counter(call.input["n"] for call in scripted.calls) == dict.fromkeys(range(20), 3)


def test_tenants_share_them_too_and_newcomers_wait_for_nobody(planes: Callable[[int], list[Plane]]) -> None:
    first, second = planes(2)
    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler(2) as scheduler:
        begin(first, scripted, range(40), parallel=40)
        give(scheduler, first)
        gate.await_calls(CALLS)
        begin(second, scripted, range(40), parallel=40)
        give(scheduler, second)
        gate.await_calls(CALLS + CALLS // 2)
        assert sum(under_way(second).values()) == CALLS // 2
        gate.let_in(CALLS)
        first.until(lambda: sum(under_way(first).values()) == CALLS // 2)
        finish(gate, first)
        finish(gate, second)


def test_branches_beside_one_another_are_held_back_as_items_are(plane: Plane) -> None:
    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler() as scheduler:
        plane.publish("wide", [{"key": f"s{n}", "uses": scripted.name, "needs": []} for n in range(30)])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(CALLS)
        assert sum(under_way(plane).values()) == CALLS
        gate.let_in(1)
        gate.await_calls(CALLS + 1)
        gate.let_in()
        gate.await_calls(2 * CALLS)
        gate.let_in()
        gate.await_calls(30)
        gate.let_in()
        plane.until(lambda: plane.runs() == [("succeeded", "")])


def test_run_takes_the_room_that_another_one_leaves(plane: Plane) -> None:
    """It has one slow call of its own, and does not wait for its end."""
    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, range(20), parallel=20)
        plane.send(*[{"rows": list(range(20))}] * (CALLS - 1))
        give(scheduler, plane)
        gate.await_calls(CALLS)
        assert set(under_way(plane).values()) == {1}
        (mine, *others) = [run for (run,) in plane.rows("SELECT id FROM execution_run ORDER BY id")]
        with acting_for(plane.tenant):
            cancel_runs(others, "for a test")
        scheduler.signal({job for (job,) in plane.root.rows("SELECT id FROM public.outbox_job WHERE signals <> 0")})
        gate.let_in(CALLS - 1, first=1)
        plane.until(lambda: under_way(plane).get(mine, 0) == CALLS)
        finish(gate, plane)
