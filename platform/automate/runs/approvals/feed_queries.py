"""The log of approvals: each request, decision and end, in the order of their commits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from automate.kernel.feed_log_queries import FeedLog, Position


@dataclass(frozen=True)
class ApprovalLogRow:
    """change: requested, decided or ended. state: of the approval after the change. decision_id: of what was decided.
    roles: that may decide; None where the approval was removed.
    """

    position: Position
    approval_id: uuid.UUID
    run_id: uuid.UUID
    change: str
    state: str
    decision_id: uuid.UUID | None
    occurred_at: datetime
    roles: frozenset[str] | None


def _row(position: Position, *values: Any) -> ApprovalLogRow:
    roles = frozenset(orjson.loads(values[-1])) if values[-1] is not None else None
    return ApprovalLogRow(*[position, *values[:-1], roles])


APPROVAL_LOG = FeedLog(
    "approval_log",
    "l.approval_id, l.run_id, l.change, l.state, l.decision_id, l.occurred_at, a.roles::text",
    _row,
    joined="LEFT JOIN approval AS a ON a.step_id = l.approval_id",
)
