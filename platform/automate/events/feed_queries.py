"""Reads the event log. The log contains each accepted event once, in the order of commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from automate.events.queries import EVENT_COLUMNS, EventRow, event_row
from automate.kernel.feed_log_queries import FeedLog, Position


@dataclass(frozen=True)
class EventLogRow:
    """An entry of the event log."""

    position: Position
    occurred_at: datetime
    event: EventRow | None
    """None after retention removed the event."""


def _row(position: Position, occurred_at: datetime, *event: object) -> EventLogRow:
    return EventLogRow(position, occurred_at, event_row(event) if event[0] is not None else None)


EVENT_LOG = FeedLog(
    "event_log", f"l.occurred_at, {EVENT_COLUMNS}", _row, joined="LEFT JOIN event AS e ON e.id = l.event_id"
)
