"""The relay's session plans its statement once a second, not at each dispatch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import connection
from psycopg.rows import TupleRow

from actors.relay import main
from actors.relay.main import Relay
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.sql import Parameters, fetch
from automate.kernel.tenancy import acting_for_platform
from automate.outbox.dispatching import claims as dispatching
from tests.support.lanes import claim_all, dispatch, fill, shares
from tests.support.plane import Root
from tests.support.query_plans import rows_read

pytestmark = pytest.mark.usefixtures("lanes")

PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%WITH RECURSIVE gap%%'"
ROUNDS = 20
PLANNED_FIRST = 5
"""PostgreSQL plans so many executions of a prepared statement anew before it may reuse a plan."""


@pytest.fixture
def session() -> Iterator[None]:
    """A session of its own, so that it has prepared nothing yet."""
    connection.close()
    yield
    connection.close()


def plans_after_rounds(root: Root) -> tuple[int, int]:
    """How often the statement was executed with a reused plan, and with one of its own, after it was prepared."""
    fill(root, {0: ROUNDS, 1: 5 * ROUNDS})
    for _ in range(ROUNDS):
        dispatch(room=2)
        claim_all(root)
    with acting_for_platform("count plans"):
        ((generic, custom),) = fetch(PLANS)
    return generic, custom


@pytest.mark.usefixtures("session")
def test_statement_is_not_planned_at_each_dispatch(root: Root) -> None:
    with acting_for_platform("as the relay does", QUEUE_ROLE):
        dispatching.reuse_plans()
    generic, custom = plans_after_rounds(root)
    assert generic >= ROUNDS // 2
    assert custom == 0


@pytest.mark.usefixtures("session")
def test_twin_without_the_setting_plans_each_time(root: Root) -> None:
    """Shows that the test above can fail."""
    _, custom = plans_after_rounds(root)
    assert custom >= PLANNED_FIRST


@pytest.mark.usefixtures("session")
def test_reused_plan_takes_what_the_rule_says(root: Root) -> None:
    """A plan for an empty queue serves one that has grown meanwhile."""
    with acting_for_platform("as the relay does", QUEUE_ROLE):
        dispatching.reuse_plans()
    for _ in range(ROUNDS // 2):
        assert dispatch() == []
    fill(root, dict.fromkeys(range(30), 50))
    assert shares(dispatch(window=20, batch=5, room=150)) == dict.fromkeys(range(30), 5)


def test_relay_plans_again_when_it_reads_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    now, planned = [0.0], []
    monkeypatch.setattr(main, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(dispatching, "plan_again", lambda: planned.append(now[0]))
    relay = Relay(threading.Event())
    for tenth in range(25):
        now[0] = tenth / 10
        relay.read_costs()
    assert planned == [0.0, 1.0, 2.0]


BACKLOG, ENDED = 3_000, 2_000
AT_ADDRESSES = "WHERE j.ctid = ANY (ARRAY(SELECT at FROM picked)) AND"
JOBS_THAT_ENDED = """
INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts,
                               parked, trace_id, created_at, finished_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'event.match', gen_random_uuid(), 'done', false, false, now(), 1, 1, 5, '', '', now(), now()
FROM generate_series(1, %s)
"""


def rows_read_of_a_sudden_backlog(root: Root, monkeypatch: pytest.MonkeyPatch, statement: str) -> int:
    """PostgreSQL has counted no open job, and then a tenant gets many."""
    root.execute(JOBS_THAT_ENDED, ENDED)
    root.execute("ANALYZE public.outbox_job")
    fill(root, {0: BACKLOG})
    plans = []

    def explain(_statement: str, parameters: Parameters) -> list[TupleRow]:
        ((found,),) = fetch(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
        plans.append(found[0]["Plan"])
        return []

    monkeypatch.setattr(dispatching, "fetch", explain)
    dispatch(window=40, batch=20)
    (plan,) = plans
    return rows_read(plan)


def test_round_reads_few_jobs_of_a_sudden_backlog(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows_read_of_a_sudden_backlog(root, monkeypatch, dispatching.DISPATCH) < BACKLOG / 5


def test_twin_that_locks_open_jobs_reads_all_of_them(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the test above can fail."""
    assert AT_ADDRESSES in dispatching.DISPATCH
    former = dispatching.DISPATCH.replace(AT_ADDRESSES, f"{AT_ADDRESSES} j.open AND")
    assert rows_read_of_a_sudden_backlog(root, monkeypatch, former) > BACKLOG
