"""Metrics of workers and of the relay count what happened: breakers, refusals by budgets, and lost leases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry

from actors.relay.metrics import QueueCollector
from automate.effects.breakers.transitions import FIRST_SECONDS, LEAST_FAILURES
from automate.kernel.metrics import REGISTRY
from automate.kernel.tenancy import acting_for
from automate.runs.matching import match_events
from automate.runs.step_call import StepResult
from tests.execution.test_budgets_concurrent_runs import set_limit
from tests.execution.test_budgets_runs import give
from tests.support.breakers import ILL, ONCE, Hosted, call_it, pass_seconds, send
from tests.support.plane import Plane, Scripted, connectors
from tests.support.scrapes import of_registry, value

NOTE = {"key": "note", "uses": "log.write", "with": {"message": "x"}}
OPEN_BREAKERS = "automate_tenants_with_open_breakers"


@contextmanager
def rising(name: str, by: float, **labels: str) -> Iterator[None]:
    """The series has risen by so much at the end of the block."""
    before = value(of_registry(REGISTRY), name, **labels)
    yield
    assert value(of_registry(REGISTRY), name, **labels) - before == by


def tenants_with_open_breakers() -> float:
    registry = CollectorRegistry()
    registry.register(QueueCollector())
    return value(of_registry(registry), OPEN_BREAKERS)


@pytest.mark.usefixtures("forgetful")
def test_breakers_that_open_and_close_are_counted(plane: Plane) -> None:
    name, connector = "automate_breaker_changes_total", "test.scripted"
    with connectors(hosted := Hosted(acts=(*[ILL] * LEAST_FAILURES, {}))):
        call_it(plane, hosted, **ONCE)
        before = tenants_with_open_breakers()
        with rising(name, 1, connector=connector, state="open"):
            send(plane, LEAST_FAILURES)
        assert tenants_with_open_breakers() - before == 1
        send(plane)
        with rising(name, 1, connector=connector, state="closed"):
            pass_seconds(plane, FIRST_SECONDS + 1)
            plane.drain()
        assert tenants_with_open_breakers() == before


@pytest.mark.parametrize(("action", "counted"), [("throttle", "wait"), ("reject", "reject")])
def test_runs_that_a_budget_refuses_are_counted(plane: Plane, action: str, counted: str) -> None:
    give(plane, 2, action=action)
    plane.publish("one", [NOTE])
    with rising("automate_budget_refusals_total", 3, metric="runs", action=counted):
        plane.send(*[{}] * 5)
        plane.drain()


def test_runs_that_wait_for_a_slot_are_counted(plane: Plane) -> None:
    set_limit(plane, 0)
    plane.publish("one", [NOTE])
    with rising("automate_budget_refusals_total", 2, metric="concurrent_runs", action="wait"):
        plane.send({}, {})
        plane.drain()


def test_late_results_are_counted(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        jobs, late = plane.claim(), plane.run_set()
        with acting_for(plane.tenant):
            (call,) = match_events(late, jobs)
        plane.root.expire_leases()
        with rising("automate_lease_losses_total", 0):
            plane.drain()
        with rising("automate_lease_losses_total", 1), acting_for(plane.tenant):
            late.commit([late.settle(call.run, [StepResult(call, output={})])])
