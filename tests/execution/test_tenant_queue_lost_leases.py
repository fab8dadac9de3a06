"""A run whose lease was lost and that comes back to the same process: the old claim's result is nobody's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from actors import tenant_queue
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall, StepResult
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give

STEPS = [{"key": "a", "uses": "test.scripted"}, {"key": "b", "uses": "test.quick"}]
LATE, SECOND = {"by": "the late call"}, {"by": "the second call"}


class Twice:
    """A run that one tenant scheduler has claimed twice, with the calls of both claims under way."""

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
    with connectors(twice.scripted, twice.next), a_scheduler() as scheduler:
        plane.publish("two", STEPS)
        plane.send({})
        give(scheduler, plane)
        twice.late.await_calls(1)
        plane.root.expire_leases()
        assert len(give(scheduler, plane)) == 1
        twice.second.await_calls(1)
        queue = scheduler._queues[plane.tenant.id]
        assert len(scheduler.jobs()) == 1
        for who in order:
            if who == "both":
                monkeypatch.setattr(tenant_queue, "GATHER_SECONDS", 3600.0)
                twice.late.let_in()
                twice.second.let_in()
            else:
                in_flight = queue.in_flight
                getattr(twice, who).let_in()
                plane.until(lambda in_flight=in_flight: queue.in_flight < in_flight or queue.is_empty())  # type: ignore[misc]
        assert scheduler.await_rest(SECONDS)
    assert twice.outputs() == [(SECOND["by"],)]
    assert len(twice.next.calls) == 1
    assert plane.steps() == [("a", 1, "succeeded", ""), ("b", 1, "succeeded", "")]
    assert plane.runs() == [("succeeded", "")]
    assert {call.idempotency_key for call in twice.late.calls} == {call.idempotency_key for call in twice.second.calls}


def test_late_result_is_taken_where_any_claim_of_the_run_will_do(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a tenant queue that knows a run by its id alone records the late result."""

    twice = Twice(plane)
    record = tenant_queue.TenantQueue._record

    def careless(
        queue: tenant_queue.TenantQueue, run_set: RunSet, results: Sequence[StepResult], due: Sequence[uuid.UUID]
    ) -> list[StepCall]:
        for result in results:
            run = result.call.run
            run.job = run_set.held[run.id].job
            run_set.held[run.id] = run
        return record(queue, run_set, results, due)

    monkeypatch.setattr(tenant_queue.TenantQueue, "_record", careless)
    with connectors(twice.scripted, twice.next), a_scheduler() as scheduler:
        plane.publish("two", STEPS)
        plane.send({})
        give(scheduler, plane)
        twice.late.await_calls(1)
        plane.root.expire_leases()
        give(scheduler, plane)
        twice.second.await_calls(1)
        twice.late.let_in()
        plane.until(lambda: twice.outputs() == [(LATE["by"],)])
        twice.second.let_in()
        assert scheduler.await_rest(SECONDS)
