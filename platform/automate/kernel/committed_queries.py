"""Pages of a list in the order of commits, for clients that follow the list: no row is lost, and no row comes twice.

A page reads a bounded part of the log, whatever the filter keeps of that part. The end of the page is the position up to
which it has read. A client that passes the end of each page as the next ``after`` therefore moves on where nothing matches.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.conf import settings

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
"""Rows of the log that one page reads at most."""
SCAN = f"""
SELECT {PLACE}, l.{{key}}, {{born}}, {{settled}}, {OLD.format(horizon="%s")} FROM {{table}} AS l
WHERE {{bound}} ORDER BY {{order}} LIMIT %s
"""


@dataclass(frozen=True)
class Followed:
    """A list that can be followed.

    log: has a row for each listed row. key: the column of the log with the id of the listed row.
    born: SQL that is true for the log's rows about a new listed row; empty where all of them are.
    """

    log: FeedLog[Any]
    key: str
    born: str = ""


@dataclass(frozen=True)
class Selection(Generic[T]):
    """The listed rows. select: ``SELECT … FROM …``. row_id: SQL of their id. make: a row from the selected columns."""

    select: str
    row_id: str
    conditions: Sequence[Condition]
    make: Callable[[tuple[Any, ...]], T]


@dataclass(frozen=True)
class FollowedPage(Generic[T]):
    """start, end: the part of the log that the page has read. positions: one for each row.

    has_next: the log has more to read now. has_previous: the log may have more before ``start``.
    """

    rows: list[T]
    positions: list[Position]
    start: Position
    end: Position
    has_next: bool
    has_previous: bool


@dataclass(frozen=True)
class _Scanned:
    """One row of the log."""

    position: Position
    row_id: uuid.UUID
    born: bool
    settled: bool
    old: bool


def page_after(followed: Followed, wanted: Selection[T], after: Position | None, limit: int) -> FollowedPage[T]:
    """The rows after a position, oldest first. after: None for the beginning of the resume window.

    Raises NormalizedError CURSOR_EXPIRED.
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


def newest_page(followed: Followed, wanted: Selection[T], limit: int) -> FollowedPage[T]:
    """The last rows that are settled, oldest first. With a limit of 0 only the end counts: it is now."""
    now = followed.log.bounds().now()
    most = _scan_size(followed, wanted, limit)
    found = _scan(followed, f"({PLACE}) <= (%s, %s, %s)", BACKWARD, now, most)
    rows, places = _listed(wanted, found, limit + 1)
    start = found[-1].position if len(rows) <= limit and found else places[limit - 1] if limit and places else now
    more = len(rows) > limit or len(found) == most
    return FollowedPage(rows[:limit][::-1], places[:limit][::-1], start, now, has_next=False, has_previous=more)


def _scan_size(followed: Followed, wanted: Selection[T], limit: int) -> int:
    return SCANNED_ROWS if followed.born or wanted.conditions else limit + 1


def _scan(followed: Followed, bound: str, order: str, position: Position, most: int) -> list[_Scanned]:
    log = followed.log
    born = followed.born or "true"
    statement = SCAN.format(key=followed.key, born=born, settled=log.settled, table=log.table, bound=bound, order=order)
    rows = fetch(statement, [settings.FEED_HORIZON_SECONDS, *position, most])
    return [_Scanned((row[0], row[1], row[2]), *row[3:]) for row in rows]


def _listed(wanted: Selection[T], scanned: Sequence[_Scanned], most: int) -> tuple[list[T], list[Position]]:
    """The first rows that the filter keeps, in the order of the log, each with its position."""
    born = [row for row in scanned if row.born]
    if not born:
        return [], []
    select = wanted.select.replace("SELECT ", "SELECT listed.place, ", 1)
    statement = (
        f"{select} JOIN unnest(%s::uuid[]) WITH ORDINALITY AS listed (id, place) ON listed.id = {wanted.row_id}"
        f"{where(wanted.conditions)} ORDER BY listed.place LIMIT %s"
    )
    found = fetch(statement, [[row.row_id for row in born], *parameters(wanted.conditions), most])
    return [wanted.make(row[1:]) for row in found], [born[row[0] - 1].position for row in found]
