"""Reads a log in the order in which its rows were committed: by (epoch, xid, id).

A transaction gets its ids before it commits. A reader that used only the id would miss rows that commit late.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch

PRUNED_AFTER_SECONDS = 3_600
"""The delay after the end of the resume window, so that a reader that resumes at its edge can catch up."""
PAGE_ROWS = 100
"""A reader waits after these rows until its subscriber has received them."""

Position = tuple[int, int, int]
"""``(epoch, xid, id)`` of a row; ``(epoch, 0, 0)`` is the beginning of an epoch."""

PLACE = "l.epoch, l.xid, l.id"
FORWARD, BACKWARD = "l.epoch, l.xid, l.id", "l.epoch DESC, l.xid DESC, l.id DESC"
CURRENT = "greatest((SELECT max(epoch) FROM {table}), (SELECT epoch FROM public.database_epoch))"
"""The epoch of the database. All rows of earlier epochs are settled. Their transaction ids do not matter."""
SETTLED = f"(l.epoch < {CURRENT} OR l.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"
"""Whether no open transaction can still write a row before this one."""
OLD = "l.occurred_at < now() - make_interval(secs => {horizon})"
"""Whether the row is older than the resume window."""

BOUNDS = f"""
WITH current AS (SELECT {CURRENT} AS epoch)
SELECT current.epoch, newest.epoch, newest.xid, newest.id, oldest.epoch, oldest.xid, oldest.id
FROM current
LEFT JOIN LATERAL (SELECT {PLACE} FROM {{table}} AS l WHERE {SETTLED} ORDER BY {BACKWARD} LIMIT 1) AS newest ON true
LEFT JOIN LATERAL (SELECT {PLACE} FROM {{table}} AS l ORDER BY {FORWARD} LIMIT 1) AS oldest ON true
"""
NEIGHBOURS = f"""
SELECT EXISTS (SELECT FROM {{table}} AS l WHERE ({PLACE}) = (%(epoch)s, %(xid)s, %(id)s)),
       coalesce((SELECT {OLD.format(horizon="%(horizon)s")} FROM {{table}} AS l
                 WHERE ({PLACE}) > (%(epoch)s, %(xid)s, %(id)s) ORDER BY {FORWARD} LIMIT 1), false)
"""
# A bisection of the transaction ids, because the index is by position, and positions follow time closely. It reads some
# 40 rows of any log.
HORIZON = f"""
WITH RECURSIVE bisect (low, high) AS (
    SELECT 0::bigint, %(xid)s::bigint + 1
    UNION ALL
    SELECT CASE WHEN old THEN middle ELSE low END, CASE WHEN old THEN high ELSE middle END
    FROM (
        SELECT low, high, (low + high) / 2 AS middle, coalesce((
            SELECT {OLD.format(horizon="%(horizon)s")} FROM {{table}} AS l
            WHERE l.epoch = %(epoch)s AND l.xid >= (low + high) / 2 ORDER BY {FORWARD} LIMIT 1), false) AS old
        FROM bisect WHERE high - low > 1
    ) AS halved
), edge AS (SELECT high FROM bisect ORDER BY high - low LIMIT 1)
SELECT before.epoch, before.xid, before.id, following.epoch, following.xid, following.id
FROM edge
LEFT JOIN LATERAL (SELECT {PLACE} FROM {{table}} AS l WHERE ({PLACE}) < (%(epoch)s, high, 0)
                   ORDER BY {BACKWARD} LIMIT 1) AS before ON true
LEFT JOIN LATERAL (SELECT {PLACE} FROM {{table}} AS l WHERE ({PLACE}) > (%(epoch)s, high, 0)
                   ORDER BY {FORWARD} LIMIT 1) AS following ON true
"""
# Starts with the row at the position itself, which proves that no row after the position was pruned.
AFTER = f"""
SELECT {PLACE}, {SETTLED}, {{long_over}}, {{columns}} FROM {{tables}}
WHERE ({PLACE}) >= (%s, %s, %s) ORDER BY {FORWARD} LIMIT {PAGE_ROWS + 1}
"""

Row_co = TypeVar("Row_co", covariant=True)


@dataclass(frozen=True)
class LogBounds:
    """The current epoch of a log, with the positions of its newest and oldest rows."""

    epoch: int
    """The current epoch."""
    newest: Position | None
    """The newest settled row; None if none exists."""
    oldest: Position | None
    """The oldest row; None if none exists."""

    def now(self) -> Position:
        """The position of the newest visible row, or the beginning of the epoch."""
        return self.newest or (self.epoch, 0, 0)


@dataclass(frozen=True)
class LogPage(Generic[Row_co]):
    """Some rows of a log, in the order of commits."""

    rows: list[Row_co]
    held: bool
    """Whether newer rows wait for an older open transaction."""


class _LogRow:
    """A result row of the SQL statement ``AFTER``."""

    __slots__ = ("columns", "long_over", "position", "settled")

    def __init__(self, position: Position, settled: bool, long_over: bool, *columns: object) -> None:  # noqa: FBT001 - columns
        self.position, self.settled, self.long_over = position, settled, long_over
        self.columns = columns


@dataclass(frozen=True)
class FeedLog(Generic[Row_co]):
    """A log: a table of the current tenant, ordered by epoch, xid and id.

    - columns: SQL of further columns. The table has the alias ``l``.
    - joined: SQL with LEFT JOIN that adds further tables.
    - make: a function that creates the result for a row.
    - thinned: True if retention removes some old rows. Retention never removes the last row.
    """

    table: str
    columns: str
    make: Callable[..., Row_co]
    joined: str = ""
    thinned: bool = False

    @property
    def settled(self) -> str:
        return SETTLED.format(table=self.table)

    def bounds(self) -> LogBounds:
        ((epoch, *rest),) = fetch(BOUNDS.format(table=self.table))
        return LogBounds(epoch, position_of(rest[:3]), position_of(rest[3:]))

    def resume(self, position: Position, bounds: LogBounds) -> Position:
        """Return the position at which a reader can continue.

        If rows were removed, this position is later than ``position``.
        """
        if position[0] < bounds.epoch:
            return (bounds.epoch, 0, 0)
        here, is_old = self._neighbours(position)
        if here or _is_beginning(position, bounds):
            return max(position, self.horizon(bounds)) if is_old else position
        window = self.horizon(bounds)
        return window if position < window else bounds.now()

    def _neighbours(self, position: Position) -> tuple[bool, bool]:
        # Whether a row has this position, and whether the next row is older than the resume window.
        values = {**_named(position), "horizon": settings.FEED_HORIZON_SECONDS}
        ((here, is_old),) = fetch(NEIGHBOURS.format(table=self.table), values)
        return here, is_old

    def horizon(self, bounds: LogBounds) -> Position:
        """Return the oldest position from which a reader can resume."""
        if bounds.newest is None:
            return bounds.now()
        values = {"epoch": bounds.epoch, "xid": bounds.newest[1], "horizon": settings.FEED_HORIZON_SECONDS}
        ((*before, epoch, xid, entry),) = fetch(HORIZON.format(table=self.table), values)
        return position_of(before) or (bounds.now() if epoch is None else (epoch, xid, entry - 1))

    def after(self, position: Position) -> LogPage[Row_co]:
        """Return the next visible rows after a position, at most PAGE_ROWS.

        Raises CURSOR_EXPIRED if rows after the position were removed.
        """
        tables = f"{self.table} AS l {self.joined}"
        statement = AFTER.format(table=self.table, columns=self.columns, tables=tables, long_over=self._long_over())
        found = [_LogRow((epoch, xid, entry), *row) for epoch, xid, entry, *row in fetch(statement, list(position))]
        require_here(position, found[0].position if found else None)
        found = [row for row in found if row.position != position][:PAGE_ROWS]
        if found and found[0].long_over:
            raise cursor_expired()
        settled = list(itertools.takewhile(lambda row: row.settled, found))
        return LogPage([self.make(row.position, *row.columns) for row in settled], held=len(settled) < len(found))

    def _long_over(self) -> str:
        # Retention may have removed rows before an old row.
        return OLD.format(horizon=settings.FEED_HORIZON_SECONDS + PRUNED_AFTER_SECONDS) if self.thinned else "false"


def position_of(values: Sequence[int | None]) -> Position | None:
    epoch, xid, entry = values
    return None if epoch is None or xid is None or entry is None else (epoch, xid, entry)


def _named(position: Position) -> dict[str, int]:
    return dict(zip(("epoch", "xid", "id"), position, strict=True))


def _is_beginning(position: Position, bounds: LogBounds) -> bool:
    # A reader at this position has missed no row.
    epoch, xid, entry = position
    if (xid, entry) == (0, 0):
        return bounds.oldest is None or bounds.oldest[0] < epoch or bounds.oldest[2] == 1
    return bounds.oldest == (epoch, xid, entry + 1)


def require_here(position: Position, first: Position | None) -> None:
    """Raise CURSOR_EXPIRED if rows after ``position`` were removed."""
    # `first`: the position of the first row that is at `position` or later.
    epoch, xid, entry = position
    if (xid, entry) != (0, 0) and first not in {position, (epoch, xid, entry + 1)}:
        raise cursor_expired()


def cursor_expired() -> NormalizedError:
    hours = settings.FEED_HORIZON_SECONDS / 3600
    return NormalizedError(
        "CURSOR_EXPIRED",
        f"Entries after this cursor were removed or are older than {hours:g} h, so this cursor cannot be used any more. "
        "Read the list with `order: NEWEST`, and compare it with your data. Then follow the list again from `last: 0`.",
        details={"horizon_seconds": settings.FEED_HORIZON_SECONDS},
    )
