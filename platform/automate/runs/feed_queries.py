"""Reads the run log in the order of commits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.committed_queries import Followed
from automate.kernel.feed_log_queries import PAGE_ROWS, FeedLog, LogBounds, LogPage, Position

__all__ = [
    "PAGE_ROWS",
    "RUNS",
    "RUN_LOG",
    "LogBounds",
    "LogPage",
    "LogRow",
    "Position",
    "log_after",
    "log_bounds",
    "resume",
]


@dataclass(frozen=True)
class LogRow:
    position: Position
    run_id: uuid.UUID
    workflow_id: uuid.UUID
    step_id: uuid.UUID | None
    from_state: str
    to_state: str
    reason: str
    occurred_at: datetime


RUN_LOG = FeedLog(
    "run_log",
    "l.run_id, l.workflow_id, l.step_id, l.from_state, l.to_state, l.reason, l.occurred_at",
    LogRow,
    thinned=True,
)

RUNS = Followed(RUN_LOG, "run_id", born="l.step_key = '' AND l.from_state = ''")
"""The list of runs, in order of creation."""

log_bounds = RUN_LOG.bounds
resume = RUN_LOG.resume
log_after = RUN_LOG.after
