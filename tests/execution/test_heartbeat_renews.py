"""The heartbeat keeps what this process holds, over all tenants, and nothing that it lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from actors.heartbeat import Heartbeat
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from tests.support.plane import Plane, Root

ignore = set[uuid.UUID]().update
"""For what is told and not asked about here."""

LEFT = "SELECT extract(epoch FROM lease_until - now())::float FROM public.outbox_job ORDER BY tenant_id, id"


def claimed(plane: Plane) -> list[ClaimedJob]:
    plane.send({}, {})
    return plane.claim(seconds=1)


def test_one_beat_renews_jobs_of_all_tenants(planes: Callable[[int], list[Plane]]) -> None:
    first, second = planes(2)
    first.send({}), second.send({})
    jobs = [job for job in first.dispatch() if job]
    held = []
    for plane in (first, second):
        with acting_for(plane.tenant):
            ids = [job.id for job in jobs if job.tenant_id == plane.tenant.id]
            held.append(claims.claim(plane.tenant.id, ids, lease_seconds=1))
    beat = Heartbeat(every_seconds=10, lease_seconds=30)
    with beat.holding(lambda: held[0], ignore), beat.holding(lambda: held[1], ignore):
        beat.beat()
    lefts = [row[0] for row in first.root.rows(LEFT)]
    assert len(lefts) == 2
    assert all(25 < left <= 30 for left in lefts)


def test_row_that_its_holder_is_writing_keeps_no_other_lease_waiting(plane: Plane) -> None:
    held = claimed(plane)
    writer = Root(plane.root.url)
    with writer.connection.transaction():
        writer.execute("UPDATE public.outbox_job SET signals = signals WHERE id = %s", held[0].id)
        with acting_for(plane.tenant), in_transaction():
            execute("SELECT set_config('lock_timeout', '1s', true)", [])
            claims.renew(held, lease_seconds=30)
    writer.connection.close()
    lefts = dict(plane.root.rows("SELECT id, lease_until > now() + interval '25 seconds' FROM public.outbox_job"))
    assert lefts == {held[0].id: False, held[1].id: True}


def test_what_was_let_go_is_not_renewed(plane: Plane) -> None:
    held = claimed(plane)
    beat = Heartbeat(every_seconds=10, lease_seconds=30)
    with beat.holding(lambda: held, ignore):
        pass
    beat.beat()
    assert all(row[0] <= 1 for row in plane.root.rows(LEFT))


def test_what_another_worker_took_over_is_not_renewed(plane: Plane) -> None:
    late = claimed(plane)
    plane.root.expire_leases()
    plane.claim(seconds=5)
    beat = Heartbeat(every_seconds=10, lease_seconds=300)
    with beat.holding(lambda: late, ignore):
        beat.beat()
    assert all(row[0] <= 5 for row in plane.root.rows(LEFT))


def test_finished_jobs_are_renewed_in_vain_and_harm_nobody(plane: Plane) -> None:
    first, second = claimed(plane)
    with acting_for(plane.tenant):
        claims.finish([first])
    beat = Heartbeat(every_seconds=10, lease_seconds=30)
    with beat.holding(lambda: [first, second], ignore):
        beat.beat()
    assert sorted(row[0] for row in plane.jobs()) == ["claimed", "done"]


def test_thread_beats_until_it_is_stopped(plane: Plane) -> None:
    import threading

    held = claimed(plane)
    asked = threading.Semaphore(0)

    def ask() -> list[ClaimedJob]:
        asked.release()
        return held

    beat = Heartbeat(every_seconds=0.02, lease_seconds=30)
    with beat.holding(ask, ignore):
        beat.start()
        for _ in range(3):
            assert asked.acquire(timeout=10)
        beat.stop()
    assert all(25 < row[0] <= 30 for row in plane.root.rows(LEFT))
