"""Lists rows that match a filter, newest row first. A filter that no index supports is refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from psycopg.rows import TupleRow

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.queries import EXACT_COUNT, Condition, Page, Slice, cut, parameters, where
from automate.kernel.sql import fetch

MOST_ROWS = LIMITS.filter_rows
"""The index rows that one page reads, for any filter."""
LOWEST, HIGHEST = uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)

T = TypeVar("T")
IdRange = tuple[uuid.UUID, uuid.UUID]
"""The ids between which a page lies, both excluded."""


@dataclass(frozen=True)
class Ranges:
    """Ranges of an index. Together, these ranges contain all rows of a list."""

    sql: str
    """A FROM item with a row for each range."""
    parameters: tuple[object, ...]
    """The parameters of ``sql``."""
    values: str
    """The columns of that row with which a range starts."""
    table: str
    """A FROM item with the rows of the list."""
    index: tuple[str, ...]
    """The columns of the index, with the id last, as in ``table``."""
    outside: tuple[str, ...]
    """The same columns, by the alias of the list."""
    shown: tuple[str, ...] = ()
    """Columns of ``table`` that are added to the columns of the alias."""
    also: str = ""
    """A condition that a partial index needs, or that finds the range."""
    each: int = 1
    """The index rows that one row of the list costs."""
    once: bool = False
    """Whether a row of the list can occur in the index several times."""


@dataclass(frozen=True)
class Narrowed:
    """A filtered list, and an index that can find the rows of this list."""

    alias: str
    """The alias of its rows."""
    ranges: Ranges
    bounds: IdRange
    within: Sequence[Condition]
    """Conditions that almost all rows of a range meet, such as times."""
    rest: Sequence[Condition]
    """The other conditions."""
    rows: int = MOST_ROWS
    """Index rows that a page may read."""

    def page(self, select: str, part: Slice, make: Callable[[TupleRow], T]) -> Page[T] | None:
        """Read a page. Returns None if the page is incomplete because the limit of index rows was reached."""
        order = "DESC" if part.forward else "ASC"
        inner, values = self._found(part, order)
        id_of = f"{self.alias}.id"
        statement = (
            f"{select} JOIN (SELECT found.id FROM {self.ranges.sql} CROSS JOIN LATERAL ({inner}) AS found"
            f" ORDER BY found.id {order} LIMIT {part.limit + 1}) AS page ON page.id = {id_of} ORDER BY {id_of} {order}"
        )
        rows = fetch(statement, [*self.ranges.parameters, *values])
        if self.rest and len(rows) <= part.limit and not self._is_whole(part, order):
            return None
        return cut([make(row) for row in rows], part)

    def count(self) -> int:
        """Count rows. Returns EXACT_COUNT + 1 if there are more rows than EXACT_COUNT."""
        rows, values = self._rows(Slice(0), "DESC")
        inner = f"SELECT 1 FROM ({rows}) AS {self.alias}{where(self.rest)} LIMIT {EXACT_COUNT + 1:d}"
        statement = (
            f"SELECT count(*) FROM (SELECT 1 FROM {self.ranges.sql} CROSS JOIN LATERAL ({inner}) AS found"
            f" LIMIT {EXACT_COUNT + 1:d}) AS counted"
        )
        ((count,),) = fetch(statement, [*self.ranges.parameters, *values, *parameters(self.rest)])
        return int(count)

    def _found(self, part: Slice, order: str) -> tuple[str, list[object]]:
        # The limits are constants: with parameters, a generic plan would assume that the limit is a tenth of the table.
        id_of, outside = f"{self.alias}.id", ", ".join(f"{name} {order}" for name in self.ranges.outside)
        rows, values = self._rows(part, order)
        last = part.limit + 1
        if not self.rest:
            return f"SELECT {id_of} FROM ({rows} LIMIT {last:d}) AS {self.alias}", values
        statement = f"SELECT {id_of} FROM ({rows} LIMIT {self.rows + 1:d}) AS {self.alias}{where(self.rest)}"
        return f"{statement} ORDER BY {outside} LIMIT {last:d}", [*values, *parameters(self.rest)]

    def _rows(self, part: Slice, order: str) -> tuple[str, list[object]]:
        ranges = self.ranges
        index = ", ".join(ranges.index)
        above, below = self._between(part)
        start = f"{ranges.values}, %s" if ranges.values else "%s"
        conditions = [
            *([Condition(ranges.also, ())] if ranges.also else []),
            Condition(f"({index}) > ({start})", (above,)),
            Condition(f"({index}) < ({start})", (below,)),
            *self.within,
        ]
        columns = ", ".join(f"{name} {order}" for name in ranges.index)
        own = ", ".join([f"{self.alias}.*", *ranges.shown])
        select = f"SELECT DISTINCT ON ({index})" if ranges.once else "SELECT"
        return f"{select} {own} FROM {ranges.table}{where(conditions)} ORDER BY {columns}", parameters(conditions)

    def _between(self, part: Slice) -> IdRange:
        lower, upper = self.bounds
        after, before = part.after, part.before
        return (
            max(lower, before) if isinstance(before, uuid.UUID) else lower,
            min(upper, after) if isinstance(after, uuid.UUID) else upper,
        )

    def _is_whole(self, part: Slice, order: str) -> bool:
        rows, values = self._rows(part, order)
        statement = (
            f"SELECT count(*) FROM (SELECT 1 FROM {self.ranges.sql} CROSS JOIN LATERAL ({rows} LIMIT {self.rows + 1:d}) AS looked"
            f" LIMIT {self.rows + 1:d}) AS counted"
        )
        ((looked,),) = fetch(statement, [*self.ranges.parameters, *values])
        return bool(looked <= self.rows)


def narrowed_page(
    lists: Sequence[Narrowed], select: str, part: Slice, make: Callable[[TupleRow], T], advice: str
) -> Page[T]:
    """Return a page of a list. Each item of ``lists`` has an index. Try the items until an index gives a complete page.

    The number of rows to read from an index is limited. Raises FILTER_TOO_BROAD if no index gives a complete page.
    """
    for one in lists:
        page = one.page(select, part, make)
        if page is not None:
            return page
    raise too_broad(advice)


def too_broad(advice: str) -> NormalizedError:
    return NormalizedError(
        "FILTER_TOO_BROAD",
        f"A page reads at most {MOST_ROWS:,} rows, and too few of them match this filter. Narrow the filter by {advice}.",
        details={"limit": "filter_rows", "maximum": MOST_ROWS},
        path=["filter"],
    )
