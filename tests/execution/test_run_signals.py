"""Cancel, pause and resume of runs in each place where they can be: the queue, a wait, a worker's hand, a call."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from actors.pools import heartbeat
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox import transitions as jobs
from automate.outbox.jobs import ClaimedJob
from automate.runs import control
from automate.runs.run_set import RunSet
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give

STEPS: list[dict[str, Any]] = [
    {"key": "a", "uses": "test.scripted"},
    {"key": "b", "uses": "flow.transform", "with": {"output": 1}},
]
DELAY: list[dict[str, Any]] = [{"key": "pause", "uses": "flow.delay", "with": {"seconds": 600}}, STEPS[1]]
SIGNALS = "SELECT signals FROM public.outbox_job WHERE state = 'claimed'"


def run_id(plane: Plane) -> uuid.UUID:
    ((found,),) = plane.rows("SELECT id FROM execution_run")
    return found


def told(plane: Plane, verb: Any, reason: str = "by test") -> list[uuid.UUID]:
    run = run_id(plane)
    with acting_for(plane.tenant), in_transaction():
        found: list[uuid.UUID] = verb([run], reason)
    return found


def moves(plane: Plane) -> list[tuple[str, str]]:
    return [(before, after) for key, before, after in plane.log() if key == ""]


@contextmanager
def in_a_call(plane: Plane) -> Iterator[Gate]:
    """A run whose first call is under way in a worker, until the block ends."""
    gate = Gate()
    with (
        connectors(Scripted(inline=False, acts=(gate,))),
        a_scheduler() as scheduler,
        heartbeat.holding(scheduler.jobs, scheduler.signal),
    ):
        plane.publish("one", STEPS)
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        yield gate
        gate.let_in()
        assert scheduler.await_rest(SECONDS)


def queued(plane: Plane) -> None:
    """A run that waits for a budget's slot."""
    plane.root.execute('UPDATE public.budget SET "limit" = 0 WHERE tenant_id = %s', plane.tenant.id)
    plane.publish("one", STEPS)
    plane.send({})
    plane.drain()
    assert plane.runs()[0][0] == "queued"


def test_cancel_ends_a_run_that_has_not_started(plane: Plane) -> None:
    queued(plane)
    assert told(plane, control.cancel, "wrong customer") == [run_id(plane)]
    assert plane.runs() == [("cancelled", "wrong customer")]
    assert plane.jobs()[-1][0] == "cancelled"
    assert told(plane, control.cancel) == []


def test_cancel_of_a_call_waits_for_its_end_and_starts_no_more(plane: Plane) -> None:
    with in_a_call(plane):
        assert told(plane, control.cancel, "wrong customer") == [run_id(plane)]
        assert plane.runs() == [("cancelling", "wrong customer")]
    assert plane.runs() == [("cancelled", "wrong customer")]
    assert plane.steps() == [("a", 1, "succeeded", "")], "what the call did is told as it was"
    assert moves(plane)[-2:] == [("running", "cancelling"), ("cancelling", "cancelled")]


def test_cancel_of_a_wait_is_done_at_once(plane: Plane) -> None:
    plane.publish("one", DELAY)
    plane.send({})
    plane.drain()
    told(plane, control.cancel)
    plane.drain()
    assert plane.runs() == [("cancelled", "by test")]
    assert plane.steps() == [("pause", 1, "cancelled", "")]


def test_cancel_comes_too_late_for_a_run_that_ended(plane: Plane) -> None:
    with connectors(Scripted()):
        plane.publish("one", STEPS)
        plane.send({})
        plane.drain()
    assert told(plane, control.cancel) == []
    assert plane.runs() == [("succeeded", "")]


def test_pause_in_a_call_stops_before_the_next_step(plane: Plane) -> None:
    with in_a_call(plane):
        assert told(plane, control.pause) == [run_id(plane)]
    assert plane.runs()[0][0] == "paused"
    assert plane.steps() == [("a", 1, "succeeded", "")]
    assert plane.work() == 0
    assert told(plane, control.resume) == [run_id(plane)]
    plane.drain()
    assert plane.runs() == [("succeeded", "")]


def hear_pause(plane: Plane) -> None:
    """Until the worker that holds the run has heard, beside its call, that it is to pause."""
    told(plane, control.pause)
    heartbeat.beat()
    plane.until(lambda: plane.root.rows(SIGNALS) == [(0,)])


def test_resume_finds_a_pause_that_was_heard_and_not_made_yet(plane: Plane) -> None:
    with in_a_call(plane):
        hear_pause(plane)
        assert told(plane, control.resume) == [run_id(plane)]
    assert plane.runs() == [("succeeded", "")]


def test_what_comes_after_a_pause_was_heard_does_not_undo_it(plane: Plane) -> None:
    with in_a_call(plane):
        hear_pause(plane)
        with acting_for(plane.tenant), in_transaction():
            jobs.wake([run_id(plane)])
    assert plane.runs()[0][0] == "paused"
    assert plane.root.rows("SELECT signals FROM public.outbox_job WHERE open") == [(0,)]


def test_pause_outlives_the_worker_that_heard_it(plane: Plane) -> None:
    with connectors(Scripted()):
        plane.publish("one", STEPS)
        plane.send({})
        plane.start_and_die()
        told(plane, control.pause)
        ((fence,),) = plane.root.rows("SELECT fence FROM public.outbox_job WHERE state = 'claimed'")
        with acting_for(plane.tenant), in_transaction():
            heard = claims.consume_signals([ClaimedJob(run_id(plane), run_id(plane), fence, 1, 5, "")])
        assert heard == {run_id(plane): jobs.WAKE}
        plane.drain()
    assert plane.runs()[0][0] == "paused"
    assert plane.steps() == [("a", 1, "succeeded", "")]
    assert plane.root.rows("SELECT signals FROM public.outbox_job WHERE open") == [(0,)]


def test_pause_of_a_wait_and_of_the_queue(plane: Plane) -> None:
    plane.publish("one", DELAY)
    plane.send({})
    plane.drain()
    told(plane, control.pause)
    plane.pass_seconds(600)
    assert plane.work() == 0, "its own time has come, but the run's deadline has not"
    assert plane.runs() == [("paused", "by test")]
    told(plane, control.resume)
    plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_paused_run_that_never_started_is_queued_again(plane: Plane) -> None:
    queued(plane)
    told(plane, control.pause)
    plane.root.execute('UPDATE public.budget SET "limit" = 9 WHERE tenant_id = %s', plane.tenant.id)
    plane.drain()
    assert plane.runs()[0][0] == "paused"
    told(plane, control.resume)
    with connectors(Scripted()):
        plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_paused_run_times_out(plane: Plane) -> None:
    plane.publish("one", DELAY)
    plane.send({})
    plane.drain()
    told(plane, control.pause)
    plane.rows("UPDATE execution_run SET deadline_at = now() RETURNING 1")
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE open AND due_at < 'infinity'")
    plane.drain()
    assert plane.runs() == [("timed_out", "RUN_TIMED_OUT")]


def test_paused_run_is_cancelled(plane: Plane) -> None:
    plane.publish("one", DELAY)
    plane.send({})
    plane.drain()
    told(plane, control.pause)
    told(plane, control.cancel)
    plane.drain()
    assert plane.runs() == [("cancelled", "by test")]


@pytest.mark.parametrize("verb", ["cancel", "pause"])
def test_signal_between_plan_and_fence_is_heard(plane: Plane, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes when the next step is planned already: the fence finds it, and that step is not started."""
    settle = RunSet.settle
    done: list[bool] = []

    def late(self: RunSet, run: Any, results: Any) -> Any:
        made = settle(self, run, results)
        if results and not done:
            done.append(True)
            told = {"cancel": "state = 'cancelling'", "pause": "paused_at = now()"}[verb]
            plane.root.execute(f'UPDATE "{plane.tenant.schema}".execution_run SET {told}')
            plane.root.execute(
                "UPDATE public.outbox_job SET signals = %s WHERE state = 'claimed'", {"cancel": 4, "pause": 1}[verb]
            )
        return made

    monkeypatch.setattr(RunSet, "settle", late)
    with connectors(Scripted()):
        plane.publish("one", [STEPS[0], {"key": "b", "uses": "test.scripted"}])
        plane.send({})
        plane.drain()
    assert done
    assert plane.steps() == [("a", 1, "succeeded", "")]
    assert plane.runs()[0][0] == {"cancel": "cancelled", "pause": "paused"}[verb]
