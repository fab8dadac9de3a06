"""The run log, read in an order that loses nothing: (epoch, xid, id), below the oldest transaction still running."""

from __future__ import annotations

import itertools
import operator
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from automate.kernel.sql import fetch

PAGE_ROWS = 100
"""Backpressure: a reader takes no more before its subscriber has taken these."""

# Where the log stands: its epoch, its newest row that nobody can still write before, and its oldest row.
SELECT_BOUNDS = """
WITH current AS (SELECT coalesce((SELECT epoch FROM run_log ORDER BY epoch DESC LIMIT 1), 1) AS epoch)
SELECT current.epoch, newest.epoch, newest.xid, newest.id, oldest.epoch, oldest.xid, oldest.id
FROM current
LEFT JOIN LATERAL (
    SELECT epoch, xid, id FROM run_log
    WHERE epoch < current.epoch OR xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1
) AS newest ON true
LEFT JOIN LATERAL (SELECT epoch, xid, id FROM run_log ORDER BY epoch, xid, id LIMIT 1) AS oldest ON true
"""
# Whether a row of the log is still there.
SELECT_ROW = "SELECT 1 FROM run_log WHERE epoch = %s AND xid = %s AND id = %s"
# What follows a position, whether or not the subscriber's filter wants it: the position passes over it all.
# Of the newest epoch, a row is settled once no transaction that may still write before it is running.
SELECT_AFTER = f"""
SELECT epoch, xid, id, run_id, workflow_id, step_id, from_state, to_state, reason, occurred_at,
       epoch < (SELECT max(epoch) FROM run_log) OR xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS settled
FROM run_log
WHERE (epoch, xid, id) > (%s, %s, %s)
ORDER BY epoch, xid, id LIMIT {PAGE_ROWS}
"""

Position = tuple[int, int, int]
"""``(epoch, xid, id)`` of a row; ``(epoch, 0, 0)`` is the beginning of an epoch."""


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


@dataclass(frozen=True)
class Bounds:
    """newest and oldest are None while the log is empty, or while all of it may still be preceded."""

    epoch: int
    newest: Position | None
    oldest: Position | None

    def now(self) -> Position:
        """The position after everything that is visible."""
        return self.newest or (self.epoch, 0, 0)


def _position(values: Sequence[Any]) -> Position | None:
    return (values[0], values[1], values[2]) if values[0] is not None else None


def log_bounds() -> Bounds:
    ((epoch, *rest),) = fetch(SELECT_BOUNDS)
    return Bounds(epoch, _position(rest[:3]), _position(rest[3:]))


def resume(position: Position, bounds: Bounds) -> Position:
    """Where a reader that stands at position goes on: there, or, where rows between were pruned or
    belong to a history that a restore undid, at the first place after the gap.
    """
    epoch = position[0]
    if epoch < bounds.epoch:
        return (bounds.epoch, 0, 0)
    if _nothing_is_missing(position, bounds):
        return position
    if bounds.oldest is None or position > bounds.oldest:
        return bounds.now()
    return (*bounds.oldest[:2], bounds.oldest[2] - 1)


def _nothing_is_missing(position: Position, bounds: Bounds) -> bool:
    epoch, xid, entry = position
    if (xid, entry) == (0, 0):
        return bounds.oldest is None or bounds.oldest[0] < epoch or bounds.oldest[2] == 1
    if bounds.oldest == (epoch, xid, entry + 1):
        return True
    return bool(fetch(SELECT_ROW, [epoch, xid, entry]))


@dataclass(frozen=True)
class LogPage:
    """held: more rows are there, but a transaction is still running that may write before them."""

    rows: list[LogRow]
    held: bool


def log_after(position: Position) -> LogPage:
    """The next rows, at most PAGE_ROWS."""
    found = fetch(SELECT_AFTER, list(position))
    rows = [LogRow((row[0], row[1], row[2]), *row[3:-1]) for row in itertools.takewhile(operator.itemgetter(-1), found)]
    return LogPage(rows, held=len(rows) < len(found))
