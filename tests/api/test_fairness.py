"""``fairness``: each tenant's share of the workers, its start delay and its oldest due job, at a cost that follows neither backlogs
nor the number of tenants.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psutil
import pytest

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import costs
from automate.outbox.wakeups import client
from tenants import fairness_queries as fairness
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.lanes import fill, lane
from tests.support.plane import Plane, Root, counting

FIELDS = "externalId slug weight share jobs oldestDueAt startDelayP95"
LIST = f"""
query ($first: Int, $after: String) {{ fairness(first: $first, after: $after) {{
  totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {FIELDS} }} }} }} }}
"""
ROUNDS, MOST_SECONDS = 5, 0.1
DONE = """
INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, claimed_at, finished_at, fence, attempts,
                               max_attempts, parked, trace_id, created_at)
SELECT gen_random_uuid(), %s, 'event.match', gen_random_uuid(), 'done', false, false, now() - interval '10 s',
       now() - interval '10 s' + make_interval(secs => %s * n / 100.0), now() - make_interval(secs => %s), 1, 1, 5, '', '', now()
FROM generate_series(1, %s) n
"""


def done(plane: Plane, jobs: int, *, slowest: float = 0.0, ago: float = 0.0) -> None:
    """Jobs that have ended. slowest: with one hundred, the delay of the last one; the others are spread evenly below it."""
    plane.root.execute(DONE, plane.tenant.id, slowest, ago, jobs)


def everyone(platform: Api) -> dict[str, Any]:
    found: dict[str, Any] = {}
    after, more = None, True
    while more:
        page = platform.data(LIST, first=100, after=after)["fairness"]
        found |= {edge["node"]["slug"]: edge["node"] for edge in page["edges"]}
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


@pytest.fixture
def two(root: Root, tenant_factory: Callable[[], Any]) -> list[Plane]:
    client().delete(costs.KEY)
    return [Plane(tenant_factory().ref, root) for _ in range(2)]


def test_share_follows_the_time_that_jobs_take(two: list[Plane], platform: Api) -> None:
    one, other = two
    done(one, 300)
    done(other, 100)
    costs.report({other.tenant.id: 9.0})
    found = everyone(platform)
    mine, its = found[one.tenant.slug], found[other.tenant.slug]
    assert (mine["jobs"], its["jobs"]) == (300, 100)
    assert its["share"] == pytest.approx(3 * mine["share"])
    assert sum(each["share"] for each in found.values()) == pytest.approx(1)


def test_delay_is_that_of_the_sample(two: list[Plane], platform: Api) -> None:
    one, other = two
    done(one, 100, slowest=2.0)
    done(one, 100, slowest=900.0, ago=fairness.SAMPLE_SECONDS + 5)
    found = everyone(platform)
    assert found[one.tenant.slug]["startDelayP95"] == pytest.approx(1.9)
    assert found[one.tenant.slug]["jobs"] == 100
    its = found[other.tenant.slug]
    assert (its["jobs"], its["share"], its["startDelayP95"]) == (0, 0, None)


def test_jobs_that_nobody_claimed_hide_no_delay(two: list[Plane], platform: Api) -> None:
    """A run that its match starts has a job of its own, which is never claimed: half of the jobs of a flood."""
    one, other = two
    done(one, 20, slowest=2.0)
    never_claimed = "UPDATE public.outbox_job SET claimed_at = NULL WHERE tenant_id = %s"
    for plane in two:
        plane.root.execute(DONE, plane.tenant.id, 0.0, 0.0, 400)
    one.root.execute(f"{never_claimed} AND claimed_at = due_at", one.tenant.id)
    other.root.execute(never_claimed, other.tenant.id)
    found = everyone(platform)
    mine, its = found[one.tenant.slug], found[other.tenant.slug]
    assert (mine["jobs"], its["jobs"]) == (420, 400)
    assert mine["startDelayP95"] == pytest.approx(0.38)
    assert its["startDelayP95"] is None


def test_oldest_due_job_is_one_that_waits(two: list[Plane], platform: Api) -> None:
    one, other = two
    fill(one.root, {one.tenant.id.int - 1: 3})
    one.root.execute(
        "UPDATE public.outbox_job SET state = 'claimed', lease_until = now() + interval '1 minute' WHERE id ="
        " (SELECT id FROM public.outbox_job WHERE tenant_id = %s AND open ORDER BY due_at LIMIT 1)",
        one.tenant.id,
    )
    first = one.root.value(
        "SELECT min(due_at) FROM public.outbox_job WHERE tenant_id = %s AND state = 'pending'", one.tenant.id
    )
    found = everyone(platform)
    assert datetime.fromisoformat(found[one.tenant.slug]["oldestDueAt"]) == first
    assert found[other.tenant.slug]["oldestDueAt"] is None


def test_job_that_a_worker_ended_counts(plane: Plane, platform: Api) -> None:
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    plane.send({})
    plane.work()
    found = everyone(platform)[plane.tenant.slug]
    assert found["jobs"] > 0
    assert 0 <= found["startDelayP95"] < 60


def test_values_during_a_flood(two: list[Plane], platform: Api) -> None:
    """A flood of a hundred events, and beside it one event for each sixteen of its jobs. Five seconds pass between the rounds."""
    flood, small = two
    for plane in two:
        plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    flood.send(*[{}] * 100)
    for _ in range(4):
        small.send({})
        assert flood.work()
        flood.root.pass_seconds(5)
    found = everyone(platform)
    mine, its = found[flood.tenant.slug], found[small.tenant.slug]
    waits = "SELECT min(due_at) FROM public.outbox_job WHERE tenant_id = %s AND state IN ('pending', 'dispatched')"
    assert datetime.fromisoformat(mine["oldestDueAt"]) == flood.root.value(waits, flood.tenant.id)
    assert its["oldestDueAt"] is None
    assert 15 <= mine["startDelayP95"] < 60
    assert its["startDelayP95"] < 5
    assert 0.9 < mine["share"] < 1
    assert mine["share"] + its["share"] == pytest.approx(1, abs=0.01)


def test_members_have_no_such_field(api: Api) -> None:
    (error,) = api.answer(LIST)["errors"]
    assert error["message"] == naming("platform")


def test_costs_the_same_statements_for_a_page_of_any_size(two: list[Plane], platform: Api) -> None:
    with counting() as few:
        platform.data(LIST, first=1)
    with counting() as many:
        platform.data(LIST, first=100)
    assert of_the_list(many) == of_the_list(few)


def of_the_list(statements: list[tuple[str, bool]]) -> list[str]:
    """Without the one that looks the token up, which is remembered briefly."""
    return [words for words, _ in statements if words != "SELECT a.id, a.name,"]


@pytest.mark.slow
def test_is_cheap_beside_deep_backlogs_of_a_thousand_tenants(root: Root, platform: Api) -> None:
    fill(root, dict.fromkeys(range(1_000), 50))
    fill(root, {5_000: 200_000})
    root.execute(
        "UPDATE public.outbox_job SET state = 'done', open = false, claimed_at = now(), finished_at = now()"
        " WHERE tenant_id = %s AND random() < 0.5", lane(5_000),
    )  # fmt: skip
    root.execute("VACUUM ANALYZE public.outbox_job")
    try:
        with acting_for_platform("find the backend"):
            backend = psutil.Process(fetch("SELECT pg_backend_pid()")[0][0])
        platform.data(LIST, first=100)
        before = cpu(backend)
        for _ in range(ROUNDS):
            platform.data(LIST, first=100)
        assert (cpu(backend) - before) / ROUNDS < MOST_SECONDS
    finally:
        root.execute("DELETE FROM public.outbox_job WHERE tenant_id NOT IN (SELECT id FROM public.tenant)")


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
