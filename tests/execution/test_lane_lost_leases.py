"""A run whose lease was lost and that comes back to the same process: the old claim's result is nobody's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from actors import tenant_queue as lanes
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall, StepResult
from tests.support.crews import SECONDS, Gate, a_crew, give
from tests.support.plane import Plane, Scripted, connectors

STEPS = [{"key": "a", "uses": "test.scripted"}, {"key": "b", "uses": "test.quick"}]
LATE, SECOND = {"by": "the late call"}, {"by": "the second call"}


class Twice:
    """A run that one crew has claimed twice, with the calls of both claims under way."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.late, self.second = Gate(LATE), Gate(SECOND)
        self.next = Scripted(name="test.quick", inline=False)
        self.scripted = Scripted(inline=False, acts=(self.late, self.second))

    def outputs(self) -> list[tuple[str]]:
        return self.plane.rows("SELECT output ->> 'by' FROM step_run WHERE key = 'a'")


@pytest.mark.parametrize("order", [("late", "second"), ("second", "late"), ("both",)])
def test_late_result_is_dropped_and_one_run_goes_on(
    plane: Plane, order: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = Twice(plane)
    with connectors(twice.scripted, twice.next), a_crew() as crew:
        plane.publish("two", STEPS)
        plane.send({})
        give(crew, plane)
        twice.late.await_calls(1)
        plane.root.expire_leases()
        assert len(give(crew, plane)) == 1
        twice.second.await_calls(1)
        lane = crew._lanes[plane.tenant.id]
        assert len(crew.jobs()) == 1
        for who in order:
            if who == "both":
                monkeypatch.setattr(lanes, "GATHER_SECONDS", 3600.0)
                twice.late.let_in()
                twice.second.let_in()
            else:
                in_flight = lane.in_flight
                getattr(twice, who).let_in()
                plane.until(lambda in_flight=in_flight: lane.in_flight < in_flight or lane.is_empty())  # type: ignore[misc]
        assert crew.await_rest(SECONDS)
    assert twice.outputs() == [(SECOND["by"],)]
    assert len(twice.next.calls) == 1
    assert plane.steps() == [("a", 1, "succeeded", ""), ("b", 1, "succeeded", "")]
    assert plane.runs() == [("succeeded", "")]
    assert {call.idempotency_key for call in twice.late.calls} == {call.idempotency_key for call in twice.second.calls}


def test_late_result_is_taken_where_any_claim_of_the_run_will_do(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a lane that knows a run by its id alone records the late result."""

    twice = Twice(plane)
    record = lanes.TenantQueue._record

    def careless(
        lane: lanes.TenantQueue, run_set: RunSet, results: Sequence[StepResult], due: Sequence[uuid.UUID]
    ) -> list[StepCall]:
        for result in results:
            run = result.call.run
            run.job = run_set.held[run.id].job
            run_set.held[run.id] = run
        return record(lane, run_set, results, due)

    monkeypatch.setattr(lanes.TenantQueue, "_record", careless)
    with connectors(twice.scripted, twice.next), a_crew() as crew:
        plane.publish("two", STEPS)
        plane.send({})
        give(crew, plane)
        twice.late.await_calls(1)
        plane.root.expire_leases()
        give(crew, plane)
        twice.second.await_calls(1)
        twice.late.let_in()
        plane.until(lambda: twice.outputs() == [(LATE["by"],)])
        twice.second.let_in()
        assert crew.await_rest(SECONDS)
