"""The limit ``waiting_runs``: however much a tenant's budget allows, so many runs are under way and no more, and none is lost."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from automate.budgets import claims as budgets
from automate.kernel.ids import new_id
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs.queries import throttles_of, under_way
from automate.runs.waiting import waiting_for
from automate.runs.waiting_queries import holds_of
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.racing import race

RACERS, FREE = 16, 5


@pytest.fixture
def crowded(plane: Plane) -> Plane:
    """A tenant whose budget allows a million runs and rejects what is above; all but one of those under the limit wait."""
    plane.root.execute(
        "UPDATE public.budget SET \"limit\" = 1000000, action = 'reject' WHERE tenant_id = %s", plane.tenant.id
    )
    fill(plane, LIMITS.waiting_runs - 1)
    return plane


def fill(plane: Plane, count: int) -> None:
    plane.root.execute(
        "INSERT INTO public.budget_slot (holder_id, tenant_id) SELECT gen_random_uuid(), %s FROM generate_series(1, %s)",
        plane.tenant.id, count,
    )  # fmt: skip


def test_run_above_the_limit_stays_queued_and_begins_when_one_ends(crowded: Plane) -> None:
    crowded.publish("wait", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 60}}])
    crowded.send({}, {}, {})
    crowded.drain()
    assert crowded.run_states() == ["waiting", "queued", "queued"]
    assert crowded.runs()[1] == ("queued", naming("limit waiting_runs"))
    runs: list[uuid.UUID] = [run for (run,) in crowded.rows("SELECT id FROM execution_run ORDER BY id")]
    with acting_for(crowded.tenant):
        found = waiting_for(holds_of(runs)[runs[2]], throttles_of(runs).get(runs[2]))
        counted = under_way()
    assert found is not None
    assert (found.cause, found.position) == ("limit", 2)
    assert found.sentence == naming("waiting_runs", "20,000", "2")
    assert (counted.count, counted.budget, counted.held_back) == (20_000, 1_000_000, 2)
    crowded.pass_seconds(60)
    crowded.drain()
    assert crowded.run_states() == ["succeeded", "waiting", "queued"]


def test_racers_do_not_pass_the_limit(crowded: Plane) -> None:
    crowded.root.execute(
        "DELETE FROM public.budget_slot WHERE holder_id IN (SELECT holder_id FROM public.budget_slot LIMIT %s)",
        FREE - 1,
    )

    def act(_: int) -> int:
        with acting_for(crowded.tenant), in_transaction():
            return len(budgets.admit(crowded.tenant.id, [new_id(), new_id()]).admitted)

    admitted: list[Any] = race(RACERS, act)
    assert sum(admitted) == FREE
