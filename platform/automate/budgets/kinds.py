"""What budgets count, and one of them as a transaction has read it. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

EVENTS, RUNS, STEPS, CONCURRENT_RUNS, CALLS, COST = "events", "runs", "steps", "concurrent_runs", "calls", "cost"
METRICS = (EVENTS, RUNS, STEPS, CONCURRENT_RUNS, CALLS, COST)
METERED = (STEPS, CALLS, COST)
"""What a run uses while it works. It is spent in the transaction that begins the step."""


@dataclass(frozen=True, eq=False)
class Counted:
    """One budget as it was locked. scope: of the only workflow or connector that counts; empty for all. room: None where none is
    refused. ends: seconds until it resets."""

    id: uuid.UUID
    metric: str
    window: str
    scope: str
    label: str
    limit: int
    rejects: bool
    room: int | None
    ends: float
