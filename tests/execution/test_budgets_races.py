"""Budgets of 1,000 under eight processes that are killed at any time: exactly 1,000 are used, and nothing leaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.execution.test_budgets_metered import price
from tests.execution.test_budgets_runs import unbalanced
from tests.support.plane import Plane, Root
from tests.support.processes import ROOT
from tests.support.tenants import NewTenant

LIMIT, KILLS = 1_000, 60
PROCESS = "contender"
KNOBS = {"AUTOMATE_LEASE_SECONDS": "5", "AUTOMATE_HEARTBEAT_SECONDS": "1", "AUTOMATE_PROCESS": PROCESS}
"""What a killed process held is free soon: the race waits for nothing else in the meantime."""
SMALL = 250
"""A race for so little nearly always finds a twin out. Where it does not, the twin runs the whole race."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


OF = {"delayed": "events", "sent": "calls"}
"""Events that wait to be matched, of a budget with the action THROTTLE; and calls that reach a server."""
METRICS = ("runs", "events", "delayed", "steps", "calls", "cost")
GIVE = """
INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)
VALUES (gen_random_uuid(), %s, %s, 'month', %s, %s, 0, date_trunc('hour', now()))
"""
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
BILLED = "SELECT sum(amount)::bigint FROM public.usage_entry WHERE tenant_id = %s AND metric = %s"
STEPS = [
    {"key": "first", "uses": "log.write", "with": {"message": "x"}},
    {"key": "second", "uses": "log.write", "needs": ["first"], "with": {"message": "x"}},
]


def contend(
    plane: Plane, metric: str, mischief: str = "", limit: int = LIMIT, steps: Sequence[Mapping[str, Any]] = STEPS
) -> int:
    """How much was used, as the rows of the work say."""
    plane.root.execute(
        GIVE, plane.tenant.id, OF.get(metric, metric), limit, "throttle" if metric in {"runs", "delayed"} else "reject"
    )
    # The runs that only begin never end, so they would fill the slots first.
    plane.root.execute("DELETE FROM public.budget WHERE tenant_id = %s AND metric = 'concurrent_runs'", plane.tenant.id)
    if metric == "cost":
        price(plane, log_write="0.000002")
    if metric in {"steps", "calls", "sent", "cost"}:
        plane.publish("one", steps, when={"==": [{"var": "type"}, "x"]})
    if metric == "delayed":
        # Rules look at each event, and start nothing.
        plane.publish("none", STEPS, when={"==": [{"var": "subject"}, "none"]})
    told = [str(plane.tenant.id), "7", str(KILLS), str(limit), metric, *([mischief] if mischief else [])]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.budget_contenders", *told],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **KNOBS, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    assert seen["killed"] > 0
    # A session of a killed process still carries out what it has received: it can claim jobs and commit.
    plane.until(lambda: not plane.root.value(SESSIONS, PROCESS))
    return seen["begun"]


def used(plane: Plane, metric: str) -> int:
    """As the budget says."""
    counted = "SELECT used FROM public.budget WHERE tenant_id = %s AND metric = %s"
    return int(plane.root.value(counted, plane.tenant.id, OF.get(metric, metric)))


@pytest.mark.parametrize("metric", METRICS)
def test_exactly_the_limit_is_used_and_a_kill_leaks_nothing(plane: Plane, metric: str) -> None:
    assert contend(plane, metric) == LIMIT
    assert (used(plane, metric), unbalanced(plane)) == (LIMIT, [])
    if metric in {"calls", "cost"}:
        assert plane.root.value(BILLED, plane.tenant.id, metric) == LIMIT, "the bill"


@pytest.mark.parametrize("metric", ["steps", "calls", "cost"])
def test_exactly_the_limit_is_used_where_rounds_are_planned_without_the_lock(plane: Plane, metric: str) -> None:
    assert contend(plane, metric, "plans_freely") == LIMIT
    assert (used(plane, metric), unbalanced(plane)) == (LIMIT, [])


Raced = Callable[[int], tuple[int, int]]
"""Runs the race for a limit. Returns what was used, as the rows of the work say and as the budget says."""


@pytest.fixture
def race(tenant_factory: Callable[[], NewTenant], root: Root) -> Callable[[str, str], Raced]:
    """The race of a twin. Each run of it has a tenant of its own."""

    def of(metric: str, mischief: str) -> Raced:
        def run(limit: int) -> tuple[int, int]:
            plane = Plane(tenant_factory().ref, root)
            return contend(plane, metric, mischief, limit), used(plane, metric)

        return run

    return of


@pytest.mark.parametrize("metric", METRICS)
def test_counting_without_the_lock_is_found_out(race: Callable[[str, str], Raced], metric: str) -> None:
    """The sabotaged twin of the overspending."""
    raced = race(metric, "counts_without_the_lock")
    assert any(raced(limit)[0] > limit for limit in (SMALL, LIMIT))


@pytest.mark.parametrize("metric", METRICS)
def test_spending_apart_from_the_work_is_found_out(race: Callable[[str, str], Raced], metric: str) -> None:
    """The sabotaged twin of the leak: who dies in between has spent for work that is never done, so work and budget disagree."""
    raced = race(metric, "spends_apart")
    assert any(raced(limit) != (limit, limit) for limit in (SMALL, LIMIT))
