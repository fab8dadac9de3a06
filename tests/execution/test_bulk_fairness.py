"""A bulk operation of thousands takes nobody else's turn: another tenant's run needs as many rounds as without it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from actors.relay.main import batches
from actors.tenant_queue import TenantQueue
from automate.outbox.jobs import DispatchedJob
from tests.support.bulk import failed_runs, numbers, one_step, read, start
from tests.support.plane import BEGIN, Plane, Scripted, connectors, work_off
from tests.support.tenant_schedulers import SECONDS, a_scheduler, give, in_thread, unlimited

WINDOW, ROOM = 16, 32
ITEMS = 3_000
CHUNK = 50

Dispatch = Callable[[Plane], list[DispatchedJob]]

FIRST_COME = """
UPDATE public.outbox_job SET state = 'dispatched', dispatched_at = now() WHERE id IN (
    SELECT id FROM public.outbox_job WHERE open AND state = 'pending' AND due_at <= now() ORDER BY due_at LIMIT %s
) RETURNING id, tenant_id, topic, alone
"""


def in_turn(plane: Plane) -> list[DispatchedJob]:
    return plane.dispatch(window=WINDOW, room=ROOM)


def first_come(plane: Plane) -> list[DispatchedJob]:
    """What the relay would be without tenants: the oldest jobs of all, whose-ever they are."""
    return [DispatchedJob(*row) for row in plane.root.rows(FIRST_COME, ROOM)]


def one_round(plane: Plane, dispatch: Dispatch) -> list[DispatchedJob]:
    """All that one dispatch hands out is done, and so nothing is waiting at the next."""
    jobs = dispatch(plane)
    for batch in batches(jobs, 8):
        work_off(batch[0].tenant_id, [job.id for job in batch], BEGIN[batch[0].topic])
    return jobs


def due(plane: Plane) -> set[uuid.UUID]:
    return {
        job_id
        for (job_id,) in plane.root.rows(
            "SELECT id FROM public.outbox_job WHERE tenant_id = %s AND open AND due_at <= now()", plane.tenant.id
        )
    }


def rounds_of_one_run(plane: Plane, dispatch: Dispatch, *, most: int) -> int:
    """From an event's acceptance to the end of its run. Each job of the tenant goes out in the round in which it is due."""
    plane.send({"n": 1})
    for number in range(1, most + 1):
        waiting = due(plane)
        sent = {job.id for job in one_round(plane, dispatch)}
        assert dispatch is not in_turn or waiting <= sent
        if not due(plane):
            return number
    return most + 1


@pytest.fixture
def two(planes: Callable[[int], list[Plane]]) -> Any:
    """A tenant with many, another one with a single run at a time; and how many rounds that takes when alone."""
    many, other = planes(2)
    with connectors(scripted := Scripted(name="test.quick")):
        unlimited(many)
        made = one_step(many, scripted)
        one_step(other, scripted)
        yield many, other, made, rounds_of_one_run(other, in_turn, most=9)


@pytest.mark.slow
@pytest.mark.long
def test_run_beside_thousands_takes_as_many_rounds_as_alone(two: Any) -> None:
    """Throughout the operation: while it begins, while its runs flood the queue, and until it ends."""
    many, other, made, alone = two
    failed_runs(many, made, ITEMS)
    operation = start(many, "RETRY", ceiling=ITEMS)
    taken, backlog = [], 0
    while read(many, operation).finished_at is None:
        many.root.pass_seconds(1)
        backlog = max(backlog, len(due(many)))
        taken.append(rounds_of_one_run(other, in_turn, most=9))
    assert set(taken) == {alone}
    assert backlog > WINDOW
    assert numbers(many, operation) == ("finished", ITEMS, ITEMS, 0, 0)
    assert other.runs() == [("succeeded", "")] * (len(taken) + 1)


@pytest.mark.slow
def test_relay_that_does_not_know_tenants_would_be_found_out(two: Any) -> None:
    many, other, made, alone = two
    failed_runs(many, made, 8 * CHUNK)
    start(many, "RETRY")
    for _ in range(4):
        one_round(many, lambda plane: plane.dispatch(window=1, room=1))
        many.root.pass_seconds(1)
    assert rounds_of_one_run(other, first_come, most=9) > alone


def test_operation_is_one_job_of_its_tenants_and_not_before_the_others(two: Any) -> None:
    """Its tenant's own runs that came before it go first; it never has more than one job, however many its items are."""
    many, _, made, _ = two
    failed_runs(many, made, ITEMS)
    many.send(*[{"n": 1}] * WINDOW)
    operation = start(many, "RETRY", ceiling=ITEMS)
    first = many.dispatch(window=WINDOW, room=ROOM)
    assert {job.topic for job in first} == {"event.match"}
    ((jobs,),) = many.root.rows("SELECT count(*) FROM public.outbox_job WHERE topic = 'bulk.advance'")
    assert (jobs, numbers(many, operation)) == (1, ("running", ITEMS, 0, 0, 0))


def test_chunk_that_is_being_done_holds_nothing_of_another_tenants(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its transaction is open, with all that it has written, until the other's run has come to its end."""
    from automate.recovery.bulk import chunks

    many, other, made, alone = two
    failed_runs(many, made, ITEMS)
    operation = start(many, "RETRY", ceiling=ITEMS)
    written, go_on, perform = threading.Event(), threading.Event(), chunks.perform

    def held(*arguments: Any) -> Any:
        outcomes = perform(*arguments)
        written.set()
        assert go_on.wait(SECONDS)
        return outcomes

    monkeypatch.setattr(chunks, "perform", held)
    (job,) = many.dispatch(window=WINDOW, room=ROOM)
    chunk = in_thread(lambda: work_off(many.tenant.id, [job.id], BEGIN[job.topic]))
    assert written.wait(SECONDS)
    assert rounds_of_one_run(other, in_turn, most=9) == alone
    assert numbers(many, operation) == ("running", ITEMS, 0, 0, 0)
    go_on.set()
    chunk.join(SECONDS)
    assert numbers(many, operation) == ("running", ITEMS, CHUNK, 0, 0)


@pytest.mark.slow
def test_other_tenants_run_waits_for_one_chunk_where_a_worker_has_one_thread(
    two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came during a chunk; then it is next, although the first tenant has a window full of jobs."""
    from automate.recovery.bulk import chunks

    many, other, made, _ = two
    failed_runs(many, made, ITEMS)
    start(many, "RETRY", ceiling=ITEMS)
    passes: list[uuid.UUID] = []
    inside, go_on, perform, make_pass = threading.Event(), threading.Event(), chunks.perform, TenantQueue.make_pass

    def noted(queue: TenantQueue) -> None:
        passes.append(queue.tenant_id)
        make_pass(queue)

    def held(operation: Any, items: Sequence[uuid.UUID]) -> Any:
        inside.set()
        assert go_on.wait(SECONDS)
        return perform(operation, items)

    one_round(many, in_turn)
    many.root.pass_seconds(1)
    monkeypatch.setattr(TenantQueue, "make_pass", noted)
    monkeypatch.setattr(chunks, "perform", held)
    with a_scheduler(threads=1) as scheduler:
        jobs = many.dispatch(window=2 * CHUNK, room=4 * CHUNK)
        give(scheduler, many, [job for job in jobs if job.topic == "bulk.advance"])
        assert inside.wait(SECONDS)
        give(scheduler, many, [job for job in jobs if job.topic != "bulk.advance"])
        other.send({"n": 1})
        give(scheduler, other)
        go_on.set()
        assert scheduler.await_rest(SECONDS)
    assert passes[:2] == [many.tenant.id, other.tenant.id]
    assert many.tenant.id in passes[2:]
    assert other.runs()[-1] == ("succeeded", "")
