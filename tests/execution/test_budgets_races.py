"""A budget of 1,000 runs under eight processes that are killed at any time: exactly 1,000 begin, and nothing leaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.execution.test_budgets_runs import give, unbalanced, used
from tests.support.plane import Plane
from tests.support.processes import ROOT

LIMIT, KILLS = 1_000, 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def contend(plane: Plane, mischief: str = "") -> int:
    """How many runs began."""
    give(plane, LIMIT, window="month")
    # The runs never end, so they would fill the slots first.
    plane.root.execute("DELETE FROM public.budget WHERE tenant_id = %s AND metric = 'concurrent_runs'", plane.tenant.id)
    told = [str(plane.tenant.id), "7", str(KILLS), str(LIMIT), *([mischief] if mischief else [])]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.budget_contenders", *told],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    assert seen["killed"] > 0
    return seen["begun"]


def test_exactly_the_limit_begins_and_a_kill_leaks_nothing(plane: Plane) -> None:
    assert contend(plane) == LIMIT
    assert (used(plane), unbalanced(plane)) == ([LIMIT], [])


def test_counting_without_the_lock_is_found_out(plane: Plane) -> None:
    """The sabotaged twin of the overspending."""
    assert contend(plane, "counts_without_the_lock") > LIMIT


def test_spending_apart_from_the_runs_is_found_out(plane: Plane) -> None:
    """The sabotaged twin of the leak: who dies in between has spent for runs that never begin."""
    assert contend(plane, "spends_apart") < used(plane)[0]
