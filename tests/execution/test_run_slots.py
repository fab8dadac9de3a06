"""A run that waits holds no run slot of ``concurrent_runs``: what it waits for holds up no other run of its tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from automate.budgets import claims as budgets
from automate.budgets import transitions as slots
from automate.effects.breakers.transitions import LEAST_FAILURES
from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.outbox.claims import RUN_ADVANCE
from automate.runs import control
from automate.runs.queries import throttles_of
from automate.runs.waiting import waiting_for
from automate.runs.waiting_queries import holds_of
from tests.execution.test_budgets_concurrent_runs import set_limit
from tests.support.breakers import ILL, ONCE, Hosted, call_it, send
from tests.support.plane import Plane, Scripted, connectors, counting, failing

pytestmark = pytest.mark.usefixtures("forgetful")
NOTE: dict[str, Any] = {"key": "note", "uses": "log.write", "with": {"message": "x"}}
DEFAULT_LIMIT = 100


def only(kind: str) -> dict[str, Any]:
    return {"==": [{"var": "type"}, kind]}


def rest(seconds: float = 3_600) -> dict[str, Any]:
    return {"key": "rest", "uses": "flow.delay", "with": {"seconds": seconds}}


def test_a_hundred_runs_in_a_delay_hold_up_no_other_workflow(plane: Plane) -> None:
    plane.publish("slow", [rest(), NOTE], when=only("slow"))
    plane.publish("quick", [NOTE], when=only("quick"))
    plane.send(*[{}] * DEFAULT_LIMIT, kind="slow")
    plane.drain()
    plane.send({}, kind="quick")
    plane.drain()
    assert plane.run_states() == ["waiting"] * DEFAULT_LIMIT + ["succeeded"]


def test_runs_that_wait_for_an_unhealthy_host_hold_up_no_other_host(plane: Plane) -> None:
    set_limit(plane, 5)
    with connectors(hosted := Hosted(acts=(ILL,)), healthy := Scripted(name="test.healthy")):
        call_it(plane, hosted, **ONCE)
        send(plane, LEAST_FAILURES)
        send(plane, 8)
        plane.publish("healthy", [{"key": "b", "uses": healthy.name}], when=only("other"))
        plane.send({}, kind="other")
        plane.drain()
    assert plane.run_states() == ["failed"] * LEAST_FAILURES + ["waiting"] * 8 + ["succeeded"]


def test_rejecting_budget_never_fails_a_woken_run(plane: Plane) -> None:
    set_limit(plane, 1, "reject")
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("slow", [rest(60), NOTE], when=only("slow"))
        plane.publish("call", [{"key": "a", "uses": scripted.name}], when=only("call"))
        plane.send({}, kind="slow")
        plane.drain()
        plane.send({}, kind="call")
        plane.start_and_die()
        plane.pass_seconds(60)
        plane.root.execute("UPDATE public.outbox_job SET lease_until = now() + interval '1 h' WHERE state = 'claimed'")
        plane.drain()
        assert plane.run_states() == ["waiting", "running"]
        plane.root.expire_leases()
        plane.drain()
    assert plane.run_states() == ["succeeded", "succeeded"]


def held(plane: Plane) -> tuple[int, int]:
    """Runs that have begun and not ended, and how many of them hold a run slot."""
    ((begun, working),) = plane.root.rows(
        "SELECT count(*), count(*) FILTER (WHERE working) FROM public.budget_slot WHERE tenant_id = %s", plane.tenant.id
    )
    return begun, working


def causes(plane: Plane) -> list[str]:
    """What the jobs of runs are parked for, the oldest run first."""
    return [
        cause
        for (cause,) in plane.root.rows(
            "SELECT parked FROM public.outbox_job WHERE tenant_id = %s AND open ORDER BY id", plane.tenant.id
        )
    ]


@contextmanager
def busy(plane: Plane, runs: int = 1) -> Iterator[Callable[[], None]]:
    """Let runs hold slots in a call, as long as the block lasts or until the yielded function lets them end."""
    scripted = Scripted(name="test.busy")
    with connectors(scripted):
        plane.publish("busy", [{"key": "a", "uses": scripted.name}], when=only("busy"))
        plane.send(*[{}] * runs, kind="busy")
        plane.start_and_die()
        plane.root.execute("UPDATE public.outbox_job SET lease_until = now() + interval '1 d' WHERE state = 'claimed'")
        yield plane.root.expire_leases


NEVER_PAID = {
    "type": "paid",
    "correlation": {"event": "payload.order", "equals": "1"},
    "timeout_seconds": 3_600,
}
WAITS: dict[str, tuple[dict[str, Any], Any]] = {
    "delay": (rest(), {}),
    "event": ({"key": "paid", "uses": "flow.wait_for_event", "with": NEVER_PAID}, {}),
    "approval": ({"key": "ok", "uses": "flow.approval", "with": {"title": "Refund it?"}}, {}),
    "retry": (
        {"key": "a", "uses": "test.scripted", "retry": {"max_attempts": 2, "initial_seconds": 600}},
        failing("CONNECTOR_TRANSIENT"),
    ),
    "operator": ({"key": "a", "uses": "test.scripted"}, failing("CONNECTOR_TIMEOUT", arrived=True)),
}
"""By what a run waits for: its step, and what its call gives."""


@pytest.mark.parametrize(("step", "act"), WAITS.values(), ids=WAITS)
def test_run_that_waits_holds_no_slot(plane: Plane, step: dict[str, Any], act: Any) -> None:
    set_limit(plane, 1)
    with connectors(Scripted(effect="unsafe", acts=(act,))):
        plane.publish("slow", [step, NOTE], when=only("slow"))
        plane.publish("quick", [NOTE], when=only("quick"))
        plane.send({}, kind="slow")
        plane.drain()
        assert (plane.run_states(), held(plane)) == (["waiting"], (1, 0))
        plane.send({}, kind="quick")
        plane.drain()
    assert plane.run_states() == ["waiting", "succeeded"]


def test_run_that_awaits_another_holds_no_slot(plane: Plane) -> None:
    set_limit(plane, 1)
    call = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": "child", "payload": {}}}
    with connectors(scripted := Scripted()):
        plane.publish("child", [{"key": "a", "uses": scripted.name}], when=only("nothing"))
        plane.publish("parent", [call], when=only("parent"))
        plane.send({}, kind="parent")
        plane.work()
        plane.start_and_die(RUN_ADVANCE)
        assert held(plane) == (2, 1)
        ((slug,),) = plane.root.rows(
            "SELECT w.slug FROM public.budget_slot s"
            f' JOIN "{plane.tenant.schema}".execution_run r ON r.id = s.holder_id'
            f' JOIN "{plane.tenant.schema}".workflow w ON w.id = r.workflow_id WHERE s.working'
        )
        assert slug == "child"


def wake(plane: Plane) -> None:
    """A minute later, the runs in a call aside."""
    plane.pass_seconds(60)
    plane.root.execute("UPDATE public.outbox_job SET lease_until = now() + interval '1 d' WHERE state = 'claimed'")
    plane.drain()


def rest_runs(plane: Plane, count: int, seconds: float = 60, **definition: Any) -> None:
    plane.publish("slow", [rest(seconds), NOTE], when=only("slow"), **definition)
    for _ in range(count):
        plane.send({}, kind="slow")
        plane.drain()


def test_woken_run_waits_in_line_and_goes_before_a_new_one(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_dice", lambda: 0)
    set_limit(plane, 1)
    rest_runs(plane, 2)
    with busy(plane) as end:
        plane.send({}, kind="slow")
        plane.drain()
        wake(plane)
        assert causes(plane) == ["run_slot", "run_slot", "", "concurrent_runs"]
        assert plane.run_states() == ["waiting", "waiting", "running", "queued"]
        runs = [run for (run,) in plane.rows("SELECT id FROM execution_run ORDER BY id")]
        with acting_for(plane.tenant):
            holds, throttles = holds_of(runs), throttles_of(runs)
        said = [waiting_for(holds[run], throttles.get(run)) for run in (runs[0], runs[1], runs[3])]
        assert [(one.cause, one.position) for one in said if one] == [("budget", 1), ("budget", 2), ("budget", 1)]
        end()
        plane.drain()
    assert plane.run_states() == ["succeeded"] * 3 + ["waiting"]
    moved = "SELECT run_id FROM run_log WHERE step_key = '' AND to_state IN ('running', 'succeeded') ORDER BY id DESC LIMIT 6"
    assert [runs.index(run) for (run,) in plane.rows(moved)][::-1] == [2, 0, 0, 1, 1, 3]
    assert held(plane) == (1, 0)


def test_one_slot_in_ten_goes_to_new_runs(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where woken runs never stop asking: of ten slots that fall free one after the other, a new run gets one."""
    dice = iter(range(10))
    set_limit(plane, 1)
    rest_runs(plane, 9)
    with busy(plane) as end:
        plane.send(*[{}] * 3, kind="slow")
        plane.drain()
        wake(plane)
        assert Counter(causes(plane)) == {"run_slot": 9, "concurrent_runs": 3, "": 1}
        monkeypatch.setattr(slots, "_dice", lambda: next(dice, 0))
        end()
        for _ in range(11):
            plane.work()
    begun = [state for state in plane.run_states()[10:] if state != "queued"]
    assert len(begun) == 1


def test_slot_that_is_handed_over_is_held_until_its_run_is_claimed(plane: Plane) -> None:
    """Else a run that comes in between takes it."""
    set_limit(plane, 1)
    rest_runs(plane, 1)
    with busy(plane) as end:
        wake(plane)
        end()
        plane.work()
        assert (causes(plane), held(plane)) == ([""], (1, 1))
        with acting_for(plane.tenant), in_transaction():
            assert budgets.admit(plane.tenant.id, [new_id()]).admitted == []
        plane.drain()
    assert plane.run_states() == ["succeeded"] * 2
    assert held(plane) == (0, 0)


@pytest.mark.parametrize("verb", [control.cancel, control.pause])
def test_run_that_was_handed_a_slot_and_does_not_take_it_passes_it_on(plane: Plane, verb: Any) -> None:
    set_limit(plane, 1)
    rest_runs(plane, 1)
    with busy(plane) as end:
        plane.send(*[{}] * 2, kind="busy")
        plane.drain()
        assert causes(plane)[2:] == ["concurrent_runs"] * 2
        end()
        plane.work()
        assert causes(plane)[1:] == ["", "concurrent_runs"], "the first of them was handed the slot"
        handed = plane.rows("SELECT id FROM execution_run ORDER BY id")[2][0]
        with acting_for(plane.tenant), in_transaction():
            verb([handed], "not now")
        assert causes(plane)[-1] == ""
        plane.drain()
    states = plane.run_states()
    assert states[2:] == ["cancelled" if verb is control.cancel else "paused", "succeeded"]
    assert held(plane) == (1, 0)


def test_run_whose_time_is_over_ends_though_no_slot_is_free(plane: Plane) -> None:
    set_limit(plane, 1)
    rest_runs(plane, 1, timeout_seconds=100)
    with busy(plane):
        wake(plane)
        assert causes(plane) == ["run_slot", ""]
        due = plane.root.value(
            "SELECT extract(epoch FROM due_at - now()) FROM public.outbox_job WHERE parked = 'run_slot'"
        )
        assert 90 < due <= 100
        plane.root.execute(
            f"UPDATE \"{plane.tenant.schema}\".execution_run SET deadline_at = now() WHERE state = 'waiting'"
        )
        plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE parked = 'run_slot'")
        plane.drain()
        assert plane.runs()[0] == ("timed_out", "RUN_TIMED_OUT")
        assert held(plane) == (1, 1)


def test_cancelled_run_ends_though_no_slot_is_free(plane: Plane) -> None:
    set_limit(plane, 1)
    rest_runs(plane, 1)
    with busy(plane):
        wake(plane)
        waiting = plane.rows("SELECT id FROM execution_run ORDER BY id")[0][0]
        with acting_for(plane.tenant), in_transaction():
            control.cancel([waiting], "enough")
        plane.drain()
        assert plane.runs()[0] == ("cancelled", "enough")


def test_slots_of_runs_that_an_earlier_release_parked_are_taken_back(plane: Plane) -> None:
    """Its workers write no ``working``, so a run that they parked seems to work."""
    set_limit(plane, 2)
    rest_runs(plane, 2)
    plane.root.execute("UPDATE public.budget_slot SET working = true")
    plane.publish("quick", [NOTE], when=only("quick"))
    plane.send({}, kind="quick")
    plane.drain()
    assert plane.run_states() == ["waiting", "waiting", "succeeded"]
    assert held(plane) == (2, 0)
    plane.pass_seconds(60)
    plane.drain()
    assert (plane.run_states(), held(plane)) == (["succeeded"] * 3, (0, 0))


def test_awaited_runs_are_not_held_back_by_the_limit_on_begun_runs(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else runs that await others could fill it, until their time is over."""
    monkeypatch.setattr(slots, "LIMITS", replace(slots.LIMITS, waiting_runs=2))
    child = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": "child", "payload": {}}}
    plane.publish("child", [NOTE], when=only("nothing"))
    plane.publish("parent", [child], when=only("parent"))
    plane.send({}, {}, {}, kind="parent")
    plane.drain()
    assert plane.run_states() == ["succeeded"] * 6


def test_parking_costs_two_statements_and_waking_two(plane: Plane) -> None:
    plane.publish("slow", [rest(60), NOTE], when=only("slow"))
    plane.send(*[{}] * 4, kind="slow")
    with counting() as parking:
        plane.drain()
    plane.pass_seconds(60)
    with counting() as waking:
        plane.drain()
    words = [of for of, _ in parking]
    assert [words.count(of) for of in ("SELECT id, metric,", "WITH free AS", "WITH gone AS", "SELECT cause FROM")] == [
        1
    ] * 4
    words = [of for of, _ in waking]
    assert [words.count(of) for of in ("SELECT id, metric,", "WITH free AS", "WITH gone AS", "SELECT cause FROM")] == [
        1
    ] * 4
