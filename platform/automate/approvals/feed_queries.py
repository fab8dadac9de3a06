"""Reads the log of approvals in the order of commits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.kernel.feed_log_queries import FeedLog, Position
from automate.kernel.rows import DatabaseValue


@dataclass(frozen=True)
class ApprovalLogRow:
    """One change of an approval."""

    position: Position
    approval_id: uuid.UUID
    run_id: uuid.UUID
    change: str
    """``requested``, ``decided`` or ``ended``."""
    state: str
    """The approval's state after the change."""
    decision_id: uuid.UUID | None
    """The decision of this change."""
    occurred_at: datetime
    roles: frozenset[str] | None
    """Roles that may decide; None if the approval was removed."""


def _row(position: Position, *values: DatabaseValue) -> ApprovalLogRow:
    roles = frozenset(orjson.loads(values[-1])) if values[-1] is not None else None
    return ApprovalLogRow(*[position, *values[:-1], roles])


APPROVAL_LOG = FeedLog(
    "approval_log",
    "l.approval_id, l.run_id, l.change, l.state, l.decision_id, l.occurred_at, a.roles::text",
    _row,
    joined="LEFT JOIN approval AS a ON a.step_id = l.approval_id",
)
