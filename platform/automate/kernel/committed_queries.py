"""Reads pages of a list in commit order. A client that follows the list receives each row exactly once."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from psycopg.rows import TupleRow

from automate.kernel.feed_log_queries import (
    BACKWARD,
    FORWARD,
    OLD,
    PLACE,
    FeedLog,
    Position,
    cursor_expired,
    require_here,
)
from automate.kernel.queries import Condition, parameters, where
from automate.kernel.sql import fetch

T = TypeVar("T")

SCANNED_ROWS = 2_000
"""The maximum number of log rows that one page reads."""
SCAN = f"""
SELECT {PLACE}, l.{{key}}, {{born}}, {{settled}}, {OLD.format(horizon="%s")} FROM {{table}} AS l
WHERE {{bound}} ORDER BY {{order}} LIMIT %s
"""


@dataclass(frozen=True)
class Followed:
    """A list that clients can follow, and the log of its changes."""

    log: FeedLog[object]
    """Has a row for each listed row."""
    key: str
    """The log's column with the id of the listed row."""
    born: str = ""
    """SQL that is true for log rows about a new listed row. Empty if all log rows are about new rows."""


@dataclass(frozen=True)
class CommittedSelection(Generic[T]):
    """The SQL that selects the rows of a list."""

    select: str
    """``SELECT … FROM …``."""
    row_id: str
    """SQL of the row's id."""
    conditions: Sequence[Condition]
    make: Callable[[TupleRow], T]
    """Creates a row from the selected columns."""


@dataclass(frozen=True)
class FollowedPage(Generic[T]):
    rows: list[T]
    positions: list[Position]
    """One position for each row."""
    start: Position
    end: Position
    """start, end: the part of the log that the page has read."""
    has_next: bool
    """The log has more rows now."""
    has_previous: bool
    """The log can have more rows before ``start``."""


@dataclass(frozen=True)
class _Scanned:
    position: Position
    row_id: uuid.UUID
    born: bool
    settled: bool
    old: bool


def page_after(
    followed: Followed, wanted: CommittedSelection[T], after: Position | None, limit: int
) -> FollowedPage[T]:
    """Return the rows after a position, oldest first. ``after=None`` starts at the oldest available position.

    Raises CURSOR_EXPIRED if ``after`` is older than the oldest available position.
    """
    start = after if after is not None else followed.log.horizon(followed.log.bounds())
    most = _scan_size(followed, wanted, limit)
    found = _scan(followed, f"({PLACE}) >= (%s, %s, %s)", FORWARD, start, most + 1)
    require_here(start, found[0].position if found else None)
    found = [row for row in found if row.position != start][:most]
    if after is not None and found and found[0].old:
        raise cursor_expired()
    settled = list(itertools.takewhile(lambda row: row.settled, found))
    rows, places = _listed(wanted, settled, limit + 1)
    if len(rows) > limit:
        end = places[limit - 1] if limit else start
        return FollowedPage(rows[:limit], places[:limit], start, end, has_next=True, has_previous=after is not None)
    end = settled[-1].position if settled else start
    return FollowedPage(rows, places, start, end, has_next=len(settled) == most, has_previous=after is not None)


def newest_page(followed: Followed, wanted: CommittedSelection[T], limit: int) -> FollowedPage[T]:
    """Return a page with the newest rows of the list. Within the page, the oldest row comes first."""
    now = followed.log.bounds().now()
    most = _scan_size(followed, wanted, limit)
    found = _scan(followed, f"({PLACE}) <= (%s, %s, %s)", BACKWARD, now, most)
    rows, places = _listed(wanted, found, limit + 1)
    start = found[-1].position if len(rows) <= limit and found else places[limit - 1] if limit and places else now
    more = len(rows) > limit or len(found) == most
    return FollowedPage(rows[:limit][::-1], places[:limit][::-1], start, now, has_next=False, has_previous=more)


def _scan_size(followed: Followed, wanted: CommittedSelection[T], limit: int) -> int:
    return SCANNED_ROWS if followed.born or wanted.conditions else limit + 1


def _scan(followed: Followed, bound: str, order: str, position: Position, most: int) -> list[_Scanned]:
    log = followed.log
    born = followed.born or "true"
    statement = SCAN.format(key=followed.key, born=born, settled=log.settled, table=log.table, bound=bound, order=order)
    rows = fetch(statement, [settings.FEED_HORIZON_SECONDS, *position, most])
    return [_Scanned((epoch, xid, entry), *marks) for epoch, xid, entry, *marks in rows]


def _listed(wanted: CommittedSelection[T], scanned: Sequence[_Scanned], most: int) -> tuple[list[T], list[Position]]:
    born = [row for row in scanned if row.born]
    if not born:
        return [], []
    select = wanted.select.replace("SELECT ", "SELECT listed.place, ", 1)
    statement = (
        f"{select} JOIN unnest(%s::uuid[]) WITH ORDINALITY AS listed (id, place) ON listed.id = {wanted.row_id}"
        f"{where(wanted.conditions)} ORDER BY listed.place LIMIT %s"
    )
    found = fetch(statement, [[row.row_id for row in born], *parameters(wanted.conditions), most])
    return [wanted.make(tuple(row)) for _, *row in found], [born[place - 1].position for place, *_ in found]
