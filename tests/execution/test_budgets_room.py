"""Reserved amounts take room of a budget: they reach its thresholds, and a release wakes the runs that wait for the room."""

from __future__ import annotations

from typing import Any

import pytest

from automate.budgets import claims
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.runs.matching import match_events
from automate.runs.step_call import StepResult
from tests.execution.test_budgets_metered import CALL, put
from tests.execution.test_budgets_reserved import CALLS, balances, unreserved, unsent
from tests.support.api import Api
from tests.support.plane import Plane, Scripted, connectors

THRESHOLDS = "SELECT count(*) FROM event WHERE type = 'budget.threshold'"
ORDERS = {"==": [{"var": "type"}, "order.created"]}


@pytest.fixture
def api(tenant: Any) -> Api:
    return Api(tenant.token)


def test_threshold_is_reached_by_what_is_reserved(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 1})
    with connectors(Scripted()):
        plane.publish("one", [CALL], when=ORDERS)
        plane.send({})
        assert len(plane.start_and_die()) == 1
        assert plane.rows(THRESHOLDS) == [(2,)]
        plane.drain()
    assert plane.rows(THRESHOLDS) == [(2,)]
    assert balances(plane) == {"calls": (1, 0)}


def test_threshold_that_is_reached_again_after_a_release_creates_no_second_event(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 1})
    with connectors(Scripted(acts=(unsent(), {}))):
        plane.publish("one", [CALL], when=ORDERS)
        for _ in range(2):
            plane.send({})
            plane.drain()
    assert sorted(plane.run_states()) == ["failed", "succeeded"]
    assert (plane.rows(THRESHOLDS), balances(plane)) == ([(2,)], {"calls": (1, 0)})


def test_released_room_wakes_a_run_that_waits_for_it(plane: Plane, api: Api) -> None:
    assert released_beside_a_waiting_run(plane, api) == ["failed", "succeeded"]


def test_released_room_is_found_later_without_the_wakeup(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin."""
    monkeypatch.setattr(claims, "wake_released", lambda *_: 0)
    assert released_beside_a_waiting_run(plane, api) == ["failed", "waiting"]


def test_released_room_wakes_a_run_behind_a_run_that_waits_for_another_budget(plane: Plane, api: Api) -> None:
    with connectors(Scripted()):
        plane.publish("other", [CALL], when={"==": [{"var": "type"}, "other"]})
        plane.publish("one", [CALL], when=ORDERS)
        put(api, **{**CALLS, "limit": 0, "workflow": "other", "action": "THROTTLE"})
        put(api, **{**CALLS, "limit": 1, "workflow": "one", "action": "THROTTLE"})
        plane.send({}, kind="other")
        plane.drain()
        assert sorted(ended_without_a_call(plane)) == ["failed", "succeeded", "waiting"]


def released_beside_a_waiting_run(plane: Plane, api: Api) -> list[str]:
    """A call of one run fills the budget, so another run waits. Then the call turns out not to have been sent."""
    put(api, **{**CALLS, "limit": 1})
    with connectors(Scripted()):
        plane.publish("one", [CALL])
        return ended_without_a_call(plane)


def ended_without_a_call(plane: Plane) -> list[str]:
    plane.send({})
    jobs, run_set = plane.claim(), plane.run_set()
    with acting_for(plane.tenant):
        (call,) = match_events(run_set, jobs)
    plane.send({})
    plane.drain()
    assert plane.run_states()[-2:] == ["running", "waiting"]
    blocked = StepResult(call, error=NormalizedError("CONNECTOR_BLOCKED", "By a test."), unsent=True)
    with acting_for(plane.tenant):
        run_set.commit([run_set.settle(call.run, [blocked])])
    plane.drain()
    assert unreserved(plane) == []
    return plane.run_states()
