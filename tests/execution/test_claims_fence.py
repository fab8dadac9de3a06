"""Claims and fences: who holds a job, for how long, and whose writes are refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for
from automate.outbox import claims, queries
from automate.outbox.claims import JobRelease
from automate.outbox.jobs import ClaimedJob
from tests.support.plane import TRACE, Plane
from tests.support.racing import race

DIED = NormalizedError("INTERNAL", "It died.")
Write = Callable[[list[ClaimedJob]], Any]

WRITES: dict[str, Write] = {
    "keep": lambda jobs: claims.keep(jobs, lease_seconds=30, progress=True),
    "finish": claims.finish,
    "release": lambda jobs: claims.release([JobRelease(job) for job in jobs]),
    "retry": lambda jobs: claims.retry(jobs, "{}"),
    "dead letter": lambda jobs: {job.id for job in claims.dead_letter(jobs, DIED)},
}
STATEMENTS = {"keep": "KEEP", "finish": "FINISH", "release": "RELEASE", "retry": "RETRY", "dead letter": "DEAD_LETTER"}


def enqueue(plane: Plane, count: int = 1, *, max_attempts: int = 5) -> list[uuid.UUID]:
    ids = [new_id() for _ in range(count)]
    with acting_for(plane.tenant):
        claims.enqueue(plane.tenant.id, "event.match", [(i, i, TRACE) for i in ids], max_attempts=max_attempts)
    return ids


def taken_over(plane: Plane) -> tuple[list[ClaimedJob], list[ClaimedJob]]:
    """A job that one worker held until its lease ended, and that another one holds now."""
    enqueue(plane)
    late = plane.claim()
    plane.root.expire_leases()
    return late, plane.claim()


def test_claim_raises_fence_and_attempts(plane: Plane) -> None:
    (job_id,) = enqueue(plane)
    (job,) = plane.claim(seconds=30)
    assert (job.id, job.subject_id, job.fence, job.attempts, job.max_attempts) == (job_id, job_id, 1, 1, 5)
    assert plane.jobs() == [("claimed", 1, 1)]
    lease = plane.root.value("SELECT extract(epoch FROM lease_until - now())::float FROM public.outbox_job")
    assert 25 < lease <= 30


def test_duplicate_message_gets_no_rows(plane: Plane) -> None:
    (job_id,) = enqueue(plane)
    plane.claim()
    with acting_for(plane.tenant):
        assert claims.claim(plane.tenant.id, [job_id], lease_seconds=30) == []
    assert plane.jobs() == [("claimed", 1, 1)]


def test_sixteen_racing_claims_share_out_each_job_once(plane: Plane) -> None:
    ids = enqueue(plane, 40)
    plane.dispatch(window=100)

    def take(_: int) -> list[ClaimedJob]:
        with acting_for(plane.tenant):
            return claims.claim(plane.tenant.id, ids, lease_seconds=30)

    got = [job.id for jobs in race(16, take) for job in jobs]
    assert sorted(got) == sorted(ids)
    assert plane.jobs() == [("claimed", 1, 1)] * 40


def test_job_of_another_tenant_cannot_be_claimed(planes: Callable[[int], list[Plane]]) -> None:
    mine, other = planes(2)
    (job_id,) = enqueue(other)
    mine.dispatch()
    with acting_for(mine.tenant):
        assert claims.claim(mine.tenant.id, [job_id], lease_seconds=30) == []
        assert claims.claim(other.tenant.id, [job_id], lease_seconds=30) == []
    assert other.jobs() == [("dispatched", 0, 0)]


@pytest.mark.parametrize("write", WRITES)
def test_late_workers_write_is_refused(plane: Plane, write: str) -> None:
    late, now = taken_over(plane)
    row = "SELECT to_jsonb(j) FROM public.outbox_job j"
    before = plane.root.rows(row)
    with acting_for(plane.tenant):
        assert not WRITES[write](late)
    assert plane.root.rows(row) == before
    with acting_for(plane.tenant):
        assert set(WRITES[write](now)) == {now[0].id}


@pytest.mark.parametrize("write", WRITES)
def test_late_workers_write_goes_through_without_the_fence(
    plane: Plane, write: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin: what the test above refuses is really the fence's doing."""
    statement = getattr(claims, STATEMENTS[write])
    assert "AND j.fence = m.fence" in statement
    monkeypatch.setattr(claims, STATEMENTS[write], statement.replace("AND j.fence = m.fence", ""))
    late, _ = taken_over(plane)
    with acting_for(plane.tenant):
        assert set(WRITES[write](late)) == {late[0].id}


def test_late_heartbeat_renews_nothing(plane: Plane) -> None:
    late, _ = taken_over(plane)
    lease = "SELECT lease_until FROM public.outbox_job"
    before = plane.root.value(lease)
    with acting_for(plane.tenant):
        claims.renew(late, lease_seconds=3_000)
    assert plane.root.value(lease) == before


def test_progress_resets_attempts_and_a_mere_renewal_does_not(plane: Plane) -> None:
    enqueue(plane)
    plane.claim()
    plane.root.expire_leases()
    (job,) = plane.claim()
    assert job.attempts == 2
    with acting_for(plane.tenant):
        assert claims.keep([job], lease_seconds=30, progress=False) == {job.id: 0}
        claims.renew([job], lease_seconds=30)
    assert plane.jobs() == [("claimed", 2, 2)]
    with acting_for(plane.tenant):
        assert claims.keep([job], lease_seconds=30, progress=True) == {job.id: 0}
    assert plane.jobs() == [("claimed", 2, 0)]


def test_retry_backs_off_with_full_jitter_up_to_five_minutes(plane: Plane) -> None:
    enqueue(plane, 200, max_attempts=99)
    waits = "SELECT extract(epoch FROM due_at - clock_timestamp())::float FROM public.outbox_job ORDER BY 1"
    for attempts, most in ((1, 2), (4, 16), (8, 256), (9, 300), (50, 300)):
        plane.root.execute("UPDATE public.outbox_job SET state = 'pending', due_at = now(), alone = false")
        plane.root.execute(f"UPDATE public.outbox_job SET attempts = {attempts - 1}")
        with acting_for(plane.tenant):
            jobs = plane.claim_all()
            assert len(claims.retry(jobs, '{"code": "INTERNAL"}')) == 200
        seconds = [row[0] for row in plane.root.rows(waits)]
        assert -1 <= seconds[0] < most * 0.1
        assert most * 0.9 < seconds[-1] <= most
        assert abs(seconds[100] - most / 2) < most * 0.2
    assert plane.root.rows("SELECT DISTINCT alone, last_error ->> 'code' FROM public.outbox_job") == [
        (True, "INTERNAL")
    ]


def test_release_is_no_blame_and_may_wait_for_a_cause(plane: Plane) -> None:
    first, second = enqueue(plane, 2)
    jobs = {job.id: job for job in plane.claim()}
    with acting_for(plane.tenant):
        claims.release([JobRelease(jobs[first], 60.0), JobRelease(jobs[second], None, "concurrent_runs")])
    assert plane.jobs() == [("pending", 1, 0), ("pending", 1, 0)]
    assert plane.root.rows(
        "SELECT id, parked, due_at = 'infinity' FROM public.outbox_job ORDER BY id"
    ) == [(first, "", False), (second, "concurrent_runs", True)]  # fmt: skip
    assert plane.dispatch() == []


def test_parked_jobs_give_the_relay_no_due_time(plane: Plane) -> None:
    from automate.kernel.tenancy import acting_for_platform

    enqueue(plane)
    (job,) = plane.claim()
    with acting_for(plane.tenant):
        claims.release([JobRelease(job, None, "concurrent_runs")])
    with acting_for_platform("ask as the relay does"):
        assert queries.seconds_to_next_due() is None
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() + interval '100 seconds'")
    with acting_for_platform("ask as the relay does"):
        seconds = queries.seconds_to_next_due()
        assert seconds is not None
        assert 95 < seconds <= 100


def test_unpark_wakes_the_longest_waiting_first(plane: Plane) -> None:
    ids = enqueue(plane, 5)
    jobs = plane.claim()
    with acting_for(plane.tenant):
        claims.release([JobRelease(job, None, "concurrent_runs") for job in jobs])
        assert claims.unpark(plane.tenant.id, ["runs"], 9) == 0
        assert claims.unpark(plane.tenant.id, [""], 9) == 0
        assert claims.unpark(plane.tenant.id, ["concurrent_runs"], 2) == 2
    assert sorted(job.id for job in plane.dispatch()) == sorted(ids[:2])
    with acting_for(plane.tenant):
        assert claims.unpark(plane.tenant.id, ["concurrent_runs"], 9) == 3


def test_prune_leaves_the_dead_for_a_person(plane: Plane) -> None:
    from django.db import connections

    from automate.kernel.tenancy import PUBLIC_SCHEMA, administering

    enqueue(plane, 4)
    jobs = plane.claim()
    with acting_for(plane.tenant):
        claims.finish(jobs[:2])
        claims.dead_letter(jobs[2:3], DIED)
    plane.root.execute("UPDATE public.outbox_job SET finished_at = finished_at - interval '1 hour'")
    owner = connections["admin"]
    with administering(PUBLIC_SCHEMA):
        assert claims.prune(owner, older_than_seconds=7_200, most=100) == 0
        assert claims.prune(owner, older_than_seconds=1_800, most=1) == 1
        assert claims.prune(owner, older_than_seconds=1_800, most=100) == 1
    assert [row[0] for row in plane.jobs()] == ["dead", "claimed"]
