"""The metrics that budgets limit, and the state of one budget in a transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

EVENTS, RUNS, STEPS, CONCURRENT_RUNS, CALLS, COST = "events", "runs", "steps", "concurrent_runs", "calls", "cost"
METRICS = (EVENTS, RUNS, STEPS, CONCURRENT_RUNS, CALLS, COST)
METERED = (STEPS, CALLS, COST)
"""Metrics that a run uses while it works. They are spent or reserved in the transaction that starts the step."""
RESERVED = frozenset({CALLS, COST})
"""Metrics that a call reserves with its intent, and settles with its result."""


@dataclass(frozen=True, eq=False)
class LockedBudget:
    """The state of one budget, as a transaction has read it."""

    id: uuid.UUID
    metric: str
    window: str
    scope: str
    """The only workflow or connector whose uses count; empty if all count."""
    label: str
    limit: int
    rejects: bool
    room: int | None
    """The amount that may still be spent. None if the budget refuses nothing."""
    ends: float
    """The seconds until the budget resets."""
    started: str = ""
    """The start of the window, as an ISO 8601 timestamp."""
