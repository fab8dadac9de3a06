"""Lists rows that match a filter, newest row first. A filter that no index supports is refused.

An index is read in one of two ways:

- In the order of the page, if the index has this order. The statement stops when the page is full.
- Completely, if the index has another order. PostgreSQL then sorts the rows that match.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from psycopg.rows import TupleRow

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.queries import EXACT_COUNT, Condition, Key, Page, Slice, cut, parameters, where
from automate.kernel.sql import fetch

MOST_ROWS = LIMITS.filter_rows
"""The index rows that one page reads, for any filter."""
COUNT_TIMES = 10
"""A count reads at most so many times as many. It ends when it has found more than EXACT_COUNT rows that match."""
LOWEST, HIGHEST = uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)

T = TypeVar("T")
Place: TypeAlias = tuple[object, ...]
"""The values of the last columns of an index: an id, or a time and an id."""


@dataclass(frozen=True)
class Ranges:
    """Ranges of an index. Together, these ranges contain all rows of a list."""

    sql: str
    """A FROM item with a row for each range. Its alias is ``d``."""
    parameters: tuple[object, ...]
    """The parameters of ``sql``."""
    values: str
    """The columns of that row with which a range starts."""
    table: str
    """A FROM item with the rows of the list."""
    index: tuple[str, ...]
    """The columns of the index, with the id last, as in ``table``."""
    also: str = ""
    """A condition that a partial index needs, or that finds the range."""
    each: int = 1
    """The index rows that one row of the list costs."""
    joined: str = ""
    """The table of the list, if the index belongs to another table. The last column of the index is the id of a row."""
    once: bool = False
    """Whether a row of the list can occur in the index several times, one after the other."""
    several: bool = False
    """Whether ``sql`` can have several rows."""
    few: bool = False
    """Whether the ranges are many, and have few rows each. They are read completely."""


@dataclass(frozen=True)
class Narrowed:
    """A filtered list, and an index that can find the rows of this list."""

    alias: str
    """The alias of its rows."""
    ranges: Ranges
    bounds: tuple[Place, Place]
    """The places in each range between which the rows are, both excluded."""
    within: Sequence[Condition]
    """Conditions that almost all rows of a range meet, such as times."""
    rest: Sequence[Condition]
    """The other conditions."""
    rows: int = MOST_ROWS
    """Rows of the index that a page may read."""
    order: tuple[str, ...] = ()
    """The columns that order the list, with the id last. Empty for a list that its ids order."""

    def page(self, select: str, part: Slice, make: Callable[[TupleRow], T]) -> Page[T] | None:
        """Read a page. Returns None if the page is incomplete because the limit of index rows was reached."""
        order = "DESC" if part.forward else "ASC"
        inner, values = self._in_order(part, order) if self._is_ordered() else self._of_all(part, order)
        columns = ", ".join(f"{name} {order}" for name in self._columns())
        statement = (
            f"SELECT page.matches, page.cut, {select.removeprefix('SELECT ')} JOIN ({inner}) AS page"
            f" ON page.id = {self.alias}.id ORDER BY {columns}"
        )
        whole: list[T] = []
        for matches, is_cut, *row in fetch(statement, values):
            if matches:
                whole.append(make(tuple(row)))
            # A page in order is complete up to the row at which an index was cut.
            if is_cut and (not self._is_ordered() or len(whole) <= part.limit):
                return None
        return cut(whole, part)

    def count(self) -> int | None:
        """Count rows. Returns EXACT_COUNT + 1 if there are more rows than EXACT_COUNT.

        Returns None if the limit of index rows was reached before that.
        """
        looked, values = self._looked(Slice(0), "DESC", EXACT_COUNT + 1)
        statement = (
            "SELECT count(*) FILTER (WHERE matches), coalesce(bool_or(cut), false)"
            f" FROM ({looked} LIMIT {EXACT_COUNT + 1:d}) AS counted"
        )
        ((count, is_cut),) = fetch(statement, values)
        return None if is_cut and count <= EXACT_COUNT else int(count)

    def _columns(self) -> tuple[str, ...]:
        return self.order or (f"{self.alias}.id",)

    def _is_ordered(self) -> bool:
        return not self.ranges.few and len(self._columns()) == len(self.bounds[0])

    def _in_order(self, part: Slice, order: str) -> tuple[str, list[object]]:
        # The limits are constants: with parameters, a generic plan would assume that the limit is a tenth of the table.
        ranges, last, rest = self.ranges, part.limit + 1, self._conditions()
        rows, values = self._rows(part, order)
        limit = self.rows if rest else max(self.rows, last)
        source, first, most = f"{ranges.sql} CROSS JOIN LATERAL", [*ranges.parameters], f"{limit:d}"
        if ranges.several:
            # The ranges that have rows share the rows that a page may read. A head is the first row of a range.
            head, bounds = self._rows(part, order, head=True)
            source = (
                f"(SELECT d.*, count(*) OVER () AS ranges FROM {ranges.sql} CROSS JOIN LATERAL ({head} LIMIT 1) AS head) AS d"
                " CROSS JOIN LATERAL"
            )
            first += bounds
            most = f"greatest({limit:d} / d.ranges, 1)"
        if not rest and not ranges.several:
            inner = f"SELECT {self._shown('true', 'false')} FROM ({rows} LIMIT {last:d}) AS {self._seen}"
        else:
            # Each level names the order. PostgreSQL then knows it, and stops when the page is full.
            index = [f"o{place} {order}" for place in range(len(ranges.index))]
            first_rows = f"({rows} LIMIT {limit + 1 if rest else last:d}) AS looked"
            looked = f"{first_rows} ORDER BY {', '.join(f'looked.{name}' for name in index)} LIMIT {most} + 1"
            checked, more = self._checked(looked, most, rest)
            values += more
            inner = f"{checked} ORDER BY {', '.join(f'{self._seen}.{name}' for name in index)} LIMIT {last:d}"
        return f"SELECT found.* FROM {source} ({inner}) AS found{self._sorted(order, last)}", [*first, *values]

    def _of_all(self, part: Slice, order: str) -> tuple[str, list[object]]:
        looked, values = self._looked(part, order, part.limit + 1)
        ending = self._sorted(order, part.limit + 1, "cut DESC, ")
        return f"SELECT found.* FROM ({looked}) AS found{ending}", values

    def _looked(self, part: Slice, order: str, last: int) -> tuple[str, list[object]]:
        # The rows of all ranges that match, and the row at which the limit was reached.
        ranges = self.ranges
        rows, values = self._rows(part, order)
        rest = [*self._conditions(), *self._beyond(part)]
        limit = self.rows if rest or ranges.few else max(self.rows, last)
        looked = (
            f"(SELECT found.* FROM {ranges.sql} CROSS JOIN LATERAL ({rows} LIMIT {limit + 1:d}) AS found"
            f" LIMIT {limit + 1:d}) AS looked"
        )
        checked, more = self._checked(looked, f"{limit:d}", rest)
        return checked, [*ranges.parameters, *values, *more]

    def _conditions(self) -> list[Condition]:
        ranges = self.ranges
        if not ranges.joined:
            return [*self.rest]
        first = [Condition(f"{self._seen}.is_first", ())] if ranges.once else []
        return [*first, Condition(f"{self.alias}.id IS NOT NULL", ()), *self.within, *self.rest]

    def _checked(self, looked: str, most: str, rest: Sequence[Condition]) -> tuple[str, list[object]]:
        # LIMIT and OFFSET make PostgreSQL join and check one row at a time. Without LIMIT and OFFSET, PostgreSQL may read all
        # rows of the other table, or all rows that meet a condition.
        ranges, seen, row_id = self.ranges, self._seen, f"o{len(self.ranges.index) - 1}"
        numbered = "looked.*, row_number() OVER () AS nth"
        if ranges.once:
            numbered += f", lag(looked.{row_id}) OVER () IS DISTINCT FROM looked.{row_id} AS is_first"
        source, cut_at = f"(SELECT {numbered} FROM {looked}) AS {seen}", f"{seen}.nth > {most}"
        if ranges.joined:
            source += (
                f" LEFT JOIN LATERAL (SELECT * FROM {ranges.joined} AS j WHERE j.id = {seen}.{row_id} LIMIT 1)"
                f" AS {self.alias} ON true"
            )
        if not rest:
            return f"SELECT {self._shown('true', cut_at)} FROM {source}", []
        return (
            f"SELECT {self._shown('kept.matches IS TRUE', cut_at)} FROM {source}"
            f" LEFT JOIN LATERAL (SELECT true AS matches{where(rest)} OFFSET 0) AS kept ON true"
            f" WHERE kept.matches OR {cut_at}"
        ), parameters(rest)

    @property
    def _seen(self) -> str:
        # The alias of the rows of the index.
        return "seen" if self.ranges.joined else self.alias

    def _shown(self, matches: str, is_cut: str) -> str:
        columns = self.order or (f"{self._seen}.o{len(self.ranges.index) - 1}",)
        keys = ", ".join(f"{name} AS k{place}" for place, name in enumerate(columns))
        return f"{columns[-1]} AS id, {keys}, {matches} AS matches, {is_cut} AS cut"

    def _sorted(self, order: str, last: int, before: str = "") -> str:
        keys = ", ".join(f"found.k{place} {order}" for place in range(len(self._columns())))
        return f" ORDER BY {before}{keys} LIMIT {last:d}"

    def _rows(self, part: Slice, order: str, *, head: bool = False) -> tuple[str, list[object]]:
        # The columns of the index are o0, o1 and so on, so that PostgreSQL knows the order of the rows.
        ranges = self.ranges
        index = ", ".join(ranges.index)
        above, below = self._between(part)
        start = ", ".join([*([ranges.values] if ranges.values else []), *["%s"] * len(above)])
        conditions = [
            *([Condition(ranges.also, ())] if ranges.also else []),
            Condition(f"({index}) > ({start})", above),
            Condition(f"({index}) < ({start})", below),
            *(() if head or ranges.joined else self.within),
        ]
        own = [] if ranges.joined else [f"{self.alias}.*"]
        shown = ", ".join([*own, *(f"{name} AS o{place}" for place, name in enumerate(ranges.index))])
        columns = ", ".join(f"{name} {order}" for name in ranges.index)
        return (
            f"SELECT {'' if head else shown} FROM {ranges.table}{where(conditions)} ORDER BY {columns}",
            parameters(conditions),
        )

    def _between(self, part: Slice) -> tuple[Place, Place]:
        lower, upper = self.bounds
        after, before = (_place(key) for key in (part.after, part.before))
        if before is not None and len(before) == len(lower):
            lower = max(lower, before)
        if after is not None and len(after) == len(upper):
            upper = min(upper, after)
        return lower, upper

    def _beyond(self, part: Slice) -> Iterable[Condition]:
        # The part's cursors, where the index has another order.
        columns = self._columns()
        if len(columns) == len(self.bounds[0]):
            return
        for sign, key in (("<", _place(part.after)), (">", _place(part.before))):
            if key is not None:
                yield Condition(f"({', '.join(columns)}) {sign} ({', '.join(['%s'] * len(key))})", key)


def _place(key: Key | None) -> Place | None:
    return (key,) if isinstance(key, uuid.UUID) else key


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


def narrowed_count(lists: Sequence[Narrowed], advice: str) -> int:
    """Count the rows of a list. Try the items of ``lists`` until an index gives the count.

    Returns EXACT_COUNT + 1 if there are more rows than EXACT_COUNT. Raises FILTER_TOO_BROAD if no index gives the count.
    """
    for one in lists:
        count = replace(one, rows=COUNT_TIMES * one.rows).count()
        if count is not None:
            return count
    raise too_broad(f"{advice}. Or leave out `totalCount`")


def too_broad(advice: str) -> NormalizedError:
    return NormalizedError(
        "FILTER_TOO_BROAD",
        f"With this filter, the list would read too many index rows: a page may read {MOST_ROWS:,} in all indexes, and a count "
        f"{COUNT_TIMES} times as many. Narrow the filter by {advice}.",
        details={"limit": "filter_rows", "maximum": MOST_ROWS},
        path=["filter"],
    )
