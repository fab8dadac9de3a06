"""A backtest takes nobody else's turn: another tenant's run needs as many rounds of the relay as without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from automate.rules.backtests import chunks
from tests.execution.test_bulk_fairness import in_turn, one_round, rounds_of_one_run
from tests.support.backtests import read, start, stored
from tests.support.bulk import one_step
from tests.support.plane import Plane, Scripted, connectors


def test_other_tenants_run_needs_no_round_more(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two backtests that have an event in each chunk, so that there is always one more to come."""
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0)
    many, other = planes(2)
    stored(many, *({"n": n} for n in range(40)))
    with connectors(scripted := Scripted(name="test.quick")):
        one_step(other, scripted)
        alone = rounds_of_one_run(other, in_turn, most=9)
        backtests = [start(many, None, True) for _ in range(2)]
        one_round(many, in_turn)
        assert [rounds_of_one_run(other, in_turn, most=9) for _ in range(3)] == [alone] * 3
    rows = [read(many, backtest) for backtest in backtests]
    assert [row.state for row in rows] == ["running", "running"]
    assert all(row.tested for row in rows)
