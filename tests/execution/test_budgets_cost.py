"""What budgets cost on the hot path, in calls of Python functions: they are counted, so a loaded machine changes nothing."""

from __future__ import annotations

import cProfile
import pstats

import pytest

from tests.support.plane import Plane

RUNS = 40
MOST_SHARE = 0.05
"""Of the calls that a run costs without budgets, what three budgets may add."""
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
GIVE = """
INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)
VALUES (gen_random_uuid(), %s, %s, %s, 1000000, 'throttle', 0, now())
"""


def calls(plane: Plane) -> int:
    """Of one round of RUNS events, once everything is warm."""
    counted = []
    for _ in range(3):
        plane.send(*[{}] * RUNS)
        profile = cProfile.Profile()
        profile.enable()
        plane.work(RUNS)
        profile.disable()
        plane.drain()
        counted.append(int(pstats.Stats(profile).total_calls))
    return min(counted)


@pytest.mark.slow
@pytest.mark.parametrize("metrics", [("runs",) * 3, ("steps", "calls", "cost")], ids=["runs", "metered"])
def test_three_budgets_cost_little(plane: Plane, metrics: tuple[str, ...]) -> None:
    plane.publish("one", NOTE)
    without = calls(plane)
    for metric, window in zip(metrics, ("hour", "day", "month"), strict=True):
        plane.root.execute(GIVE, plane.tenant.id, metric, window)
    with_budgets = calls(plane)
    print(f"{without / RUNS:.1f} calls a run without budgets, {with_budgets / RUNS:.1f} with three")
    assert with_budgets <= without * (1 + MOST_SHARE)
