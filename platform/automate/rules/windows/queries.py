"""Reads the windows of rules and the matches of windows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import Page, RowReader, Slice, counts_under, pages_under, rows_by_id
from automate.kernel.sql import fetch

# A count's events that had left its window before the count was reached are not matches.
SELECT_TAKERS = """
SELECT asked.event_id, w.id, w.event_id, w.run_id FROM unnest(%s::uuid[], %s::uuid[]) AS asked (event_id, window_id)
JOIN rule_window w ON w.id = asked.window_id JOIN event e ON e.id = asked.event_id
WHERE w.run_id IS NOT NULL AND w.outcome <> 'ended' AND (w.since IS NULL OR e.received_at >= w.since)
"""


@dataclass(frozen=True)
class WindowRow:
    id: uuid.UUID
    rule_id: uuid.UUID
    option: str
    shown: str
    open: bool
    outcome: str
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    matches: int
    waiting: int
    event_id: uuid.UUID | None
    run_id: uuid.UUID | None


window_row = RowReader(WindowRow, "w")
SELECT_WINDOWS = f"SELECT {window_row.columns} FROM rule_window AS w"


def windows_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, WindowRow]:
    return rows_by_id(window_row, SELECT_WINDOWS + " WHERE w.id = ANY (%s)", ids)


def windows_under(rules: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[WindowRow]]:
    """Return the windows of each rule, newest first."""
    return pages_under(SELECT_WINDOWS, "w.id", "w.rule_id", rules, part, window_row)


def count_windows_under(rules: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("rule_window AS w", "w.rule_id", rules)


@dataclass(frozen=True)
class Taker:
    """The run that a window started, and the event of that run."""

    run_id: uuid.UUID
    event_id: uuid.UUID


def takers_of(asked: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> dict[tuple[uuid.UUID, uuid.UUID], Taker]:
    """Return the run that a window has started for an event, for each pair of an event and a window.

    ``asked`` contains the pairs: the event's id and the window's id. If a window has started no run for the event, the
    result omits the pair.
    """
    pairs = list(dict.fromkeys(asked))
    rows = fetch(SELECT_TAKERS, [[event for event, _ in pairs], [window for _, window in pairs]]) if pairs else []
    return {(event, window): Taker(run_id, of_event) for event, window, of_event, run_id in rows}
