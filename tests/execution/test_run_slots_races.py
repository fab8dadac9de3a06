"""Run slots under sixteen processes that are killed at any time: never more than the budget, none lost, no run forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.execution.test_budgets_concurrent_runs import set_limit
from tests.support.plane import Plane
from tests.support.processes import ROOT

LIMIT = 5
FEW, SOME, MANY, TRIES = 8, 32, 100, 4
STEPS: list[dict[str, Any]] = [
    {"key": "first", "uses": "test.scripted"},
    {"key": "rest", "uses": "flow.delay", "with": {"seconds": 0.05}},
    {"key": "second", "uses": "test.scripted"},
]


@pytest.fixture
def churning(plane: Plane) -> Plane:
    set_limit(plane, LIMIT)
    plane.publish("churn", STEPS)
    return plane


def contend(plane: Plane, runs: int, mischief: str = "") -> tuple[dict[str, int], str]:
    """What ``slot_contenders`` saw, and what its processes wrote."""
    plane.send(*[{}] * runs)
    # However often an event loses its worker here, it is no poison.
    plane.root.execute("UPDATE public.outbox_job SET max_attempts = 1000")
    told = [str(plane.tenant.id), "7", str(runs // 2), *([mischief] if mischief else [])]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.slot_contenders", *told],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
            "AUTOMATE_LEASE_SECONDS": "2",
            "AUTOMATE_HEARTBEAT_SECONDS": "1",
        },
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return seen, done.stderr[-6000:]


@pytest.mark.parametrize(
    "runs", [FEW, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)])]
)
def test_slots_are_never_overspent_and_never_lost(churning: Plane, runs: int) -> None:
    seen, said = contend(churning, runs)
    assert (seen["ended"], seen["left"]) == (runs, 0), said
    assert 1 < seen["most"] <= LIMIT
    assert seen["killed"] > 0
    assert set(churning.run_states()) == {"succeeded"}


@pytest.mark.slow
def test_counting_without_the_lock_is_found_out(churning: Plane) -> None:
    """The sabotaged twin of the overshoot. Whether two processes count at the same time is luck, so there are several tries."""
    assert any(contend(churning, MANY, "counts_without_the_lock")[0]["most"] > LIMIT for _ in range(TRIES))


@pytest.mark.slow
@pytest.mark.parametrize("mischief", ["keeps_slots_of_ends", "forgets_who_waits"])
def test_lost_slots_and_forgotten_runs_are_found_out(churning: Plane, mischief: str) -> None:
    """The sabotaged twins of the leak and of the lost wake-up."""
    seen, _ = contend(churning, SOME, mischief)
    assert seen["ended"] < SOME or seen["left"] > 0
