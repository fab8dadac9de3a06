"""When a budget will be used up, from what its window has used so far."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone

import pytest

from automate.budgets.queries import BudgetRow

START = datetime(2026, 11, 28, tzinfo=timezone.utc)


def budget(used: int, hours: float, *, limit: int = 240) -> BudgetRow:
    """One of a day, after so many hours."""
    end, now = START + timedelta(days=1), START + timedelta(hours=hours)
    return BudgetRow(uuid.UUID(int=1), "runs", "day", "", "", limit, None, "throttle", used, end, START, now, "", 0)


@pytest.mark.parametrize(
    ("used", "hours", "reached"),
    [
        (120, 6, 12),  # 20 an hour: 240 after 12 hours
        (60, 6, None),  # 10 an hour: the day ends first
        (61, 6, 6 * 240 / 61),
        (0, 6, None),
        (240, 6, 6),
        (300, 6, 6),
    ],
)
def test_forecast_goes_on_at_the_pace_of_the_window(used: int, hours: float, reached: float | None) -> None:
    forecast = budget(used, hours).forecast
    if reached is None:
        assert forecast is None
    else:
        assert forecast is not None
        assert abs((forecast - START).total_seconds() - reached * 3600) < 1


def test_budget_without_a_window_has_none() -> None:
    row = BudgetRow(
        uuid.UUID(int=1), "concurrent_runs", "always", "", "", 5, 5, "throttle", 5, None, None, START, "", 0
    )
    assert row.forecast is None
