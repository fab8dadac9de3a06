"""What a tenant's jobs take is measured in each pass, and the relay charges it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings

from actors.costs import CHANGED, FEW, FIXED_MS, MEASURED_JOBS, TENANTS, Costs
from actors.holding import PASS_MS, QUEUE_JOBS, Doing, HeldJobs, ProcessShares
from actors.tenant_queue import TenantQueue
from automate.outbox import costs
from automate.outbox.claims import EVENT_MATCH
from automate.outbox.costs import KEY, LEAST_MS, MOST_MS
from automate.outbox.dispatching.claims import JOB_MS
from automate.outbox.wakeups import client
from tests.support.plane import BEGIN, Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, a_scheduler, give

TENANT = uuid.UUID(int=7)


class Told:
    def __init__(self, threads: int = 8) -> None:
        self.values: list[float] = []
        self.costs = Costs(threads, self._note)

    def _note(self, measured: Mapping[uuid.UUID, float]) -> None:
        self.values.extend(measured.values())


def a_queue() -> TenantQueue:
    queue = TenantQueue.__new__(TenantQueue)
    queue.tenant_id, queue.claimed, queue.returned = TENANT, 0, 0
    return queue


def spin(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_processor_time_is_charged() -> None:
    told, queue = Told(), a_queue()
    with told.costs.measuring(queue):
        spin(0.04)
        queue.claimed += MEASURED_JOBS
    assert told.values == [pytest.approx(1_000 * 0.04 / MEASURED_JOBS, rel=0.5)]


def test_thread_that_waits_for_postgres_is_charged_its_share() -> None:
    told, queue = Told(threads=2), a_queue()
    with told.costs.measuring(queue):
        time.sleep(0.08)
        queue.claimed += MEASURED_JOBS
    (value,) = told.values
    assert value >= 1_000 * 0.04 / MEASURED_JOBS


def test_time_of_giving_way_is_not_charged() -> None:
    told, queue, given = Told(threads=1), a_queue(), iter([1.0, 1.08])
    with told.costs.measuring(queue, lambda: next(given)):
        time.sleep(0.08)
        queue.claimed += MEASURED_JOBS
    (value,) = told.values
    assert value < 1_000 * 0.04 / MEASURED_JOBS


def test_passes_that_record_results_count_for_the_jobs_before() -> None:
    told = Told()
    assert told.costs.note(TENANT, MEASURED_JOBS - 1, 0.1) is None
    assert told.costs.note(TENANT, 0, 0.1, results=FEW) is None
    assert told.costs.note(TENANT, 1, 0.0) == pytest.approx(1_000 * 0.2 / MEASURED_JOBS)


def test_fixed_cost_of_passes_with_few_jobs_is_not_charged() -> None:
    """A tenant with one job at a time counts as any other, however long the statements of a pass wait on a busy machine."""
    told = Told()
    assert [told.costs.note(TENANT, jobs, FIXED_MS / 1_500) for jobs in [1, 0] * (2 * MEASURED_JOBS)] == [
        None
    ] * 4 * MEASURED_JOBS
    assert told.costs.jobs_within(TENANT, 10 * JOB_MS) == 10


def test_pass_that_begins_and_records_few_jobs_may_have_both_fixed_costs() -> None:
    told = Told()
    seconds = 2 * FIXED_MS / 1_100
    values = [told.costs.note(TENANT, FEW - 1, seconds, results=FEW - 1) for _ in range(2 * MEASURED_JOBS)]
    assert set(values) == {None}
    assert told.costs.jobs_within(TENANT, 10 * JOB_MS) == 10


def test_costly_jobs_are_charged_even_one_by_one() -> None:
    told = Told()
    values = [told.costs.note(TENANT, 1, (600.0 + FIXED_MS) / 1_000) for _ in range(MEASURED_JOBS)]
    assert values[-1] == pytest.approx(600.0)


def test_passes_with_few_jobs_keep_what_larger_ones_have_shown() -> None:
    """A flood of costly jobs, few of which fit into a pass while others wait, stays as costly as it is."""
    told = Told()
    assert told.costs.note(TENANT, 40, 0.4) == pytest.approx(10.0)
    assert [told.costs.note(TENANT, 4, 0.042) for _ in range(2 * MEASURED_JOBS)] == [None] * 2 * MEASURED_JOBS
    assert told.costs.jobs_within(TENANT, 100.0) == 10


def test_cheap_jobs_are_charged_less() -> None:
    told = Told()
    told.costs.note(TENANT, 40, 0.4)
    values = [told.costs.note(TENANT, 1, 0.002) for _ in range(20 * MEASURED_JOBS)]
    assert min(value for value in values if value is not None) == pytest.approx(2.0, rel=CHANGED - 1)


def test_only_changes_are_told() -> None:
    told = Told()
    assert told.costs.note(TENANT, 100, 0.1) == pytest.approx(1.0)
    assert told.costs.note(TENANT, 100, 0.1 * (1 + (CHANGED - 1) / 2)) is None
    values = [told.costs.note(TENANT, 100, 1.0) for _ in range(30)]
    assert len([value for value in values if value is not None]) < 12
    assert max(value for value in values if value is not None) == pytest.approx(10, rel=0.3)


@pytest.mark.parametrize(
    ("milliseconds", "most"), [(0.1, settings.RELAY_BATCH_JOBS), (PASS_MS / 3.5, 3), (10 * PASS_MS, 1)]
)
def test_pass_is_bounded_in_milliseconds_while_another_tenant_waits(milliseconds: float, most: int) -> None:
    told = Told()
    queue, other = HeldJobs(TENANT), HeldJobs(uuid.UUID(int=8))
    shares = ProcessShares({TENANT: queue, other.tenant_id: other}, told.costs.jobs_within)
    queue.add([uuid.uuid4() for _ in range(QUEUE_JOBS)], BEGIN[EVENT_MATCH])
    told.costs.note(TENANT, 100, 100 * milliseconds / 1_000)
    assert shares.room(queue) == QUEUE_JOBS
    other.doing = Doing.QUEUED
    assert shares.room(queue) == most


def test_memory_is_bounded() -> None:
    told = Told()
    for number in range(3 * TENANTS):
        told.costs.note(uuid.UUID(int=number), 1, 0.001)
        assert len(told.costs._measured) <= TENANTS


def test_relay_reads_what_a_worker_measured(plane: Plane) -> None:
    client().delete(KEY)
    with connectors(Scripted()), a_scheduler() as scheduler:
        plane.publish("one", [{"key": "a", "uses": "test.scripted"}])
        plane.send(*[{}] * (2 * MEASURED_JOBS))
        give(scheduler, plane, plane.dispatch(window=2 * MEASURED_JOBS))
        plane.until(lambda: client().hexists(KEY, plane.tenant.id.hex))
        scheduler.close()
        assert scheduler.await_rest(SECONDS)
    found = costs.read()
    assert found is not None
    assert LEAST_MS <= found[plane.tenant.id] <= MOST_MS


def test_nonsense_in_redis_is_ignored() -> None:
    client().delete(KEY)
    told: dict[Any, Any] = {TENANT.hex: "3.5", "no tenant": "1", uuid.uuid4().hex: "much", uuid.UUID(int=8).hex: "1e9"}
    client().hset(KEY, mapping={**told, uuid.UUID(int=9).hex: "nan"})
    assert costs.read() == {TENANT: 3.5, uuid.UUID(int=8): MOST_MS}


def test_values_are_forgotten_where_no_worker_writes() -> None:
    costs.report({TENANT: 2.0})
    assert 0 < client().ttl(KEY) <= costs.KEPT_SECONDS
