"""The actor of ``rule.backtest``: evaluates the next chunk of backtests."""

from __future__ import annotations

import uuid

import dramatiq

from actors.crew import crew
from automate.simulation.backtesting import advance_backtests as begin


@dramatiq.actor
def backtest_rules(tenant_id: str, job_ids: list[str]) -> None:
    crew.take(uuid.UUID(tenant_id), [uuid.UUID(job_id) for job_id in job_ids], begin)
