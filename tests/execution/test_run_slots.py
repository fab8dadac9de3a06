"""A run that waits holds no run slot of ``concurrent_runs``: what it waits for holds up no other run of its tenant."""

from __future__ import annotations

from typing import Any

import pytest

from automate.runs.breakers.transitions import LEAST_FAILURES
from tests.execution.test_budgets_concurrent_runs import set_limit
from tests.support.breakers import ILL, ONCE, Hosted, call_it, send
from tests.support.plane import Plane, Scripted, connectors

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
