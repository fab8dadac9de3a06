"""Bulk operations among others: who aborts, who works on the same one, and who waits beside it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.outbox.jobs import DispatchedJob
from automate.recovery.bulk import chunks
from automate.recovery.bulk.chunks import advance_bulk
from tests.support.bulk import abort, failed_runs, numbers, one_step, outcomes, read, start, to_its_end
from tests.support.plane import Plane, Scripted, connectors
from tests.support.racing import race


def test_abort_waits_for_the_chunk_that_is_being_done_and_none_follows(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, aborting = threading.Event(), threading.Event()
    perform = chunks.perform

    def slow(operation: Any, items: Any) -> Any:
        begun.set()
        assert aborting.wait(30)
        return perform(operation, items)

    monkeypatch.setattr(chunks, "perform", slow)
    with connectors(scripted := Scripted()):
        failed_runs(plane, one_step(plane, scripted), 80)
        operation = start(plane, "RETRY")

        def act(number: int) -> None:
            if number:
                assert begun.wait(30)
                aborting.set()
                abort(plane, operation)
            else:
                plane.work()

        assert race(2, act) == [None, None]
        plane.pass_seconds(5)
        plane.drain()
    assert numbers(plane, operation) == ("aborted", 80, 50, 0, 0)
    assert len(outcomes(plane, operation)) == 50
    assert plane.rows("SELECT changes -> 'done' ->> 1 FROM audit_entry WHERE action = 'bulk.abort'") == [("50",)]


def test_many_aborts_and_chunks_at_once_agree(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        failed_runs(plane, one_step(plane, scripted), 60)
        operation = start(plane, "RETRY", rate=20)

        def act(number: int) -> None:
            if number == 3:
                abort(plane, operation)
            else:
                plane.work()

        assert [made for made in race(4, act) if made is not None] == []
        plane.pass_seconds(5)
        plane.drain()
    state, _, done, _, _ = numbers(plane, operation)
    assert (state, done) in {("aborted", 0), ("aborted", 20)}
    assert len(outcomes(plane, operation)) == done == plane.rows("SELECT count(*) FROM execution_run")[0][0] - 60


def test_late_worker_changes_nothing(plane: Plane) -> None:
    """Two hold the same job, the first one's lease having ended: its fence refuses it."""
    with connectors(scripted := Scripted()):
        failed_runs(plane, one_step(plane, scripted), 4)
        operation = start(plane, "RETRY", rate=2)
        late = plane.claim()
        plane.root.expire_leases()
        now = plane.claim()

        def act(number: int) -> None:
            with acting_for(plane.tenant):
                advance_bulk(plane.run_set(), [now, late, late][number])

        assert race(3, act) == [None] * 3
        # One item, for its first worker is lost, so that it may have been that one's end.
        assert numbers(plane, operation) == ("running", 4, 1, 0, 0)
        to_its_end(plane, operation)
    assert Counter(outcome for _, outcome in outcomes(plane, operation)) == {"done": 4}


def test_late_worker_without_a_fence_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    monkeypatch.setattr(claims, "KEEP", claims.KEEP.replace("AND j.fence = m.fence AND j.state = 'claimed'", ""))
    with pytest.raises(AssertionError, match="running"):
        test_late_worker_changes_nothing(plane)


def test_operation_of_hundreds_takes_one_turn_among_its_neighbours(planes: Callable[[int], list[Plane]]) -> None:
    """Whatever it still has before it stands in no queue: a neighbour's event is in the next dispatch, before its runs."""
    large, small = planes(2)
    with connectors(scripted := Scripted()):
        failed_runs(large, one_step(large, scripted), 400)
        one_step(small, scripted)
        operation = start(large, "RETRY")
        rounds = 0
        while read(large, operation).dealt_with < 150:
            large.root.pass_seconds(1)
            waiting = large.root.value(
                "SELECT count(*) FROM public.outbox_job WHERE tenant_id = %s AND topic = 'bulk.advance' AND open",
                large.tenant.id,
            )
            assert waiting == 1
            (event,) = small.send({"n": rounds})
            sent = small.dispatch(window=16, room=16)
            assert event in {job.id for job in sent}
            give(sent)
            rounds += 1
        assert rounds >= 3
        abort(large, operation)


def give(sent: list[DispatchedJob]) -> None:
    from actors.relay.main import batches
    from tests.support.plane import BEGIN, work_off

    for batch in batches(sent, 8):
        work_off(batch[0].tenant_id, [job.id for job in batch], BEGIN[batch[0].topic])


def test_eight_starts_under_one_key_are_one_operation(plane: Plane) -> None:
    started = race(8, lambda _: start(plane, "RETRY", key="once"))
    assert len(set(started)) == 1
    assert plane.rows("SELECT count(*) FROM bulk_operation") == [(1,)]
