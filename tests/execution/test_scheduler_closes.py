"""A tenant scheduler that is closed ends what it began, starts nothing, and leaves the rest where another may take it at once."""

from __future__ import annotations

from typing import Any

import pytest

from actors import holding
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give, in_thread

TWO_STEPS = [{"key": "a", "uses": "test.slow"}, {"key": "b", "uses": "test.quick"}]


def states(plane: Plane) -> list[tuple[str, int]]:
    """State and attempts of each job."""
    return [(state, attempts) for state, _, attempts in plane.jobs()]


def test_calls_end_and_are_recorded_and_all_else_goes_on_elsewhere(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "QUEUE_JOBS", 2)
    gate, quick = Gate(), Scripted(name="test.quick", inline=False)
    slow = Scripted(name="test.slow", inline=False, acts=(gate,))
    with connectors(slow, quick), a_scheduler() as closing, a_scheduler() as other:
        plane.publish("two", TWO_STEPS)
        plane.send(*[{}] * 5)
        give(closing, plane)
        gate.await_calls(2)
        closing.close()
        assert sorted(states(plane)) == [("claimed", 1)] * 2 + [("done", 1)] * 2 + [("pending", 0)] * 3
        gate.let_in()
        assert closing.await_rest(SECONDS)
        assert closing.jobs() == []
        assert plane.steps() == [("a", 1, "succeeded", "")] * 2
        assert quick.calls == []
        assert sorted(states(plane)) == [("done", 1)] * 2 + [("pending", 0)] * 5
        monkeypatch.undo()
        assert len(give(other, plane)) == 5
        gate.await_calls(5)
        gate.let_in()
        assert other.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")] * 5
    assert {row[1:] for row in plane.steps()} == {(1, "succeeded", "")}
    assert (len(gate.calls), len(quick.calls)) == (5, 5)


def test_what_was_claimed_and_not_begun_is_unclaimed(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = claims.claim
    with connectors(Scripted()), a_scheduler() as scheduler:

        def claim_and_be_closed(*given: Any, **options: Any) -> list[ClaimedJob]:
            jobs = claim(*given, **options)
            in_thread(scheduler.close).join(SECONDS)
            return jobs

        monkeypatch.setattr(claims, "claim", claim_and_be_closed)
        plane.publish("one", [{"key": "a", "uses": "test.scripted"}])
        plane.send({}, {})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
    assert states(plane) == [("pending", 0)] * 2
    assert plane.runs() == []


def test_message_that_comes_late_is_handed_back(plane: Plane) -> None:
    with a_scheduler() as scheduler:
        scheduler.close()
        plane.publish("one", [{"key": "a", "uses": "log.write", "with": {"message": "x"}}])
        plane.send({}, {})
        give(scheduler, plane)
    assert states(plane) == [("pending", 0)] * 2


def test_run_with_a_call_still_out_waits_for_it(plane: Plane) -> None:
    """Of two steps at once one has ended: the run goes back only when the other has, too."""
    gate = Gate()
    slow, quick = Scripted(name="test.slow", inline=False, acts=(gate,)), Scripted(name="test.quick", inline=False)
    with connectors(slow, quick), a_scheduler() as scheduler:
        plane.publish("wide", [{"key": "a", "uses": "test.slow"}, {"key": "b", "uses": "test.slow", "needs": []},
                               {"key": "c", "uses": "test.quick", "needs": ["a"]}])  # fmt: skip
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(2)
        scheduler.close()
        gate.let_in(1)
        plane.until(lambda: ("a", 1, "succeeded", "") in plane.steps())
        assert states(plane)[1][0] == "claimed"
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
        assert states(plane)[1] == ("pending", 0)
        assert quick.calls == []
        plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_rest_is_not_waited_for_beyond_its_time(plane: Plane) -> None:
    gate = Gate()
    with connectors(Scripted(inline=False, acts=(gate,))), a_scheduler() as scheduler:
        plane.publish("one", [{"key": "a", "uses": "test.scripted"}])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        scheduler.close()
        assert not scheduler.await_rest(0.01)
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
