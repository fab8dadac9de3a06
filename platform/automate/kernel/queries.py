"""Reads the pages of a list, forward and backward. The newest row comes first. Ids are ordered by time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import orjson
from psycopg.rows import TupleRow

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import ids_around
from automate.kernel.limits import Limits
from automate.kernel.rows import DatabaseRow, DatabaseValue
from automate.kernel.sql import fetch

NOW = "SELECT now()"

T = TypeVar("T")
Key = uuid.UUID | tuple[object, ...]
"""The key of a row: its id, or its values of the columns by which the list is ordered."""
_ISO_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'
"""The format of a time as text. All our sessions use UTC, so the offset is constant."""
_MOST_IN_JSON = 100
"""The maximum number of arguments of a PostgreSQL function."""
EXACT_COUNT = 10_000
"""Counts are exact up to this number. A count above it means "more"."""


@dataclass(frozen=True)
class Slice:
    """The requested part of a list."""

    limit: int
    """The maximum number of rows."""
    forward: bool = True
    """Whether the part is at the beginning of the list. Otherwise it is at the end."""
    after: Key | None = None
    """Only rows after this key."""
    before: Key | None = None
    """Only rows before this key."""
    oldest_first: bool = False
    """Whether the list starts with the oldest row."""
    by: str = ""
    """The name of a column that sorts the rows before the list's own columns do. The value of this column is then the
    first part of the key."""


@dataclass(frozen=True)
class Page(Generic[T]):
    rows: list[T]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True)
class Condition:
    """A condition of a WHERE clause, with its parameters."""

    sql: str
    parameters: tuple[object, ...]


@dataclass(frozen=True)
class ColumnSelection:
    """The SQL expressions of a query's columns, and the joins that these expressions need."""

    columns: tuple[str, ...]
    joins: str = ""
    times: tuple[int, ...] = ()
    """The positions of the columns that are times."""

    def as_json(self) -> ColumnSelection:
        """Return a copy of this selection for rows that PostgreSQL writes as JSON.

        In these rows, times have the format of ``datetime.isoformat``.
        """
        columns = list(self.columns)
        for place in self.times:
            columns[place] = f"replace(to_char({columns[place]}, '{_ISO_FORMAT}'), '.000000', '')"
        return replace(self, columns=tuple(columns))

    def of(self, table: str) -> str:
        """Return the part of the SELECT statement before WHERE. ``table`` includes the alias."""
        return f"SELECT {', '.join(self.columns)} FROM {table}{self.joins}"


def as_it_is(row: DatabaseRow) -> DatabaseRow:
    """Return the row unchanged."""
    return row


def columns_of(row: type, alias: str, **written: str) -> str:
    """Return the SQL columns for the fields of a row class.

    ``written`` contains the SQL of each field that is not a plain column.
    """
    return ", ".join(written.get(name, f"{alias}.{name}") for name in _columns(row))


def _columns(row: type) -> list[str]:
    return [field.name for field in fields(row) if field.default is MISSING and not field.kw_only]


class RowReader(Generic[T]):
    """Creates objects of a row class from database rows.

    ``sql`` contains the SQL of each field that is not a plain column. ``read`` has functions that parse the values of fields.
    """

    def __init__(
        self, row: type[T], alias: str, sql: Mapping[str, str] | None = None, **read: Callable[[DatabaseValue], object]
    ) -> None:
        names = _columns(row)
        if unknown := {*(sql or {}), *read} - {*names}:
            raise TypeError(f"{row.__name__} has no columns {sorted(unknown)}.")
        self.columns = columns_of(row, alias, **(sql or {}))
        self._row: Callable[..., T] = row
        self._read = [(names.index(name), how) for name, how in read.items()]

    def __call__(self, values: DatabaseRow, **given: object) -> T:
        # `given` has values for the fields without a column.
        if not self._read:
            return self._row(*values, **given)
        found = list(values)
        for place, how in self._read:
            if found[place] is not None:
                found[place] = how(found[place])
        return self._row(*found, **given)


def slice_limit(first: int | None, last: int | None, limits: Limits) -> tuple[int, bool]:
    """Return the number of requested rows, and whether the page begins at the start of the list.

    Raises BAD_USER_INPUT if ``first`` and ``last`` are both given, or if one of them is negative. Raises
    LIMIT_EXCEEDED for more rows than a page may have.
    """
    if first is not None and last is not None:
        raise NormalizedError(
            "BAD_USER_INPUT", "`first` and `last` are both given. Pass only one of them.", path=["last"]
        )
    name, limit = ("last", last) if last is not None else ("first", first)
    if limit is None:
        return limits.default_page_size, True
    if limit < 0:
        raise NormalizedError("BAD_USER_INPUT", f"{name} must be 0 or more; it is {limit}.", path=[name])
    if limit > limits.page_size:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"{name} is {limit}; the maximum is {limits.page_size} rows. Request fewer rows, and use `after` for further rows.",
            details={"limit": "page_size", "maximum": limits.page_size},
            path=[name],
        )
    return limit, name == "first"


def keyset(columns: str | tuple[str, ...], part: Slice, conditions: Sequence[Condition]) -> tuple[str, list[object]]:
    """Return ``WHERE … ORDER BY … LIMIT …`` of a page. The limit includes one extra row."""
    bounds = list(conditions)
    if part.by:
        own = (columns,) if isinstance(columns, str) else columns
        columns = (f"{own[0].partition('.')[0]}.{part.by}", *own)
    below, above = (">", "<") if part.oldest_first else ("<", ">")
    if part.after is not None:
        bounds.append(_beyond(columns, below, part.after))
    if part.before is not None:
        bounds.append(_beyond(columns, above, part.before))
    order = "DESC" if part.forward != part.oldest_first else "ASC"
    names = (columns,) if isinstance(columns, str) else columns
    sql = where(bounds) + " ORDER BY " + ", ".join(f"{name} {order}" for name in names) + " LIMIT %s"
    return sql, [*parameters(bounds), part.limit + 1]


def _beyond(columns: str | tuple[str, ...], sign: str, key: Key) -> Condition:
    if isinstance(columns, str):
        return Condition(f"{columns} {sign} %s", (key,))
    if not isinstance(key, tuple) or len(key) != len(columns):
        raise ValueError(f"The key of a list by {', '.join(columns)} needs a value for each of these columns.")
    return Condition(f"({', '.join(columns)}) {sign} ({', '.join(['%s'] * len(columns))})", key)


def where(conditions: Sequence[Condition]) -> str:
    return " WHERE " + " AND ".join(condition.sql for condition in conditions) if conditions else ""


def parameters(conditions: Sequence[Condition]) -> list[object]:
    return [value for condition in conditions for value in condition.parameters]


def cut(rows: Sequence[T], part: Slice) -> Page[T]:
    """Make a page from the rows of a ``keyset`` statement.

    If the page begins after a cursor, a previous page exists. If the page ends before a cursor, a next page exists.
    """
    kept, more = list(rows[: part.limit]), len(rows) > part.limit
    if part.forward:
        return Page(kept, has_next=more, has_previous=part.after is not None)
    kept.reverse()
    return Page(kept, has_next=part.before is not None, has_previous=more)


def page_of(
    select: str,
    columns: str | tuple[str, ...],
    part: Slice,
    conditions: Sequence[Condition],
    make: Callable[[TupleRow], T],
) -> Page[T]:
    """Read one page of a list."""
    tail, values = keyset(columns, part, conditions)
    return cut([make(row) for row in fetch(select + tail, values)], part)


def pages_under(  # noqa: PLR0917 - a statement's parts
    select: str,
    columns: str | tuple[str, ...],
    parent_column: str,
    parents: Sequence[uuid.UUID],
    part: Slice,
    make: Callable[[TupleRow], T],
    conditions: Sequence[Condition] = (),
) -> dict[uuid.UUID, Page[T]]:
    """Read one page of child rows for each parent. ``part`` is the part of the list to read, for every parent.

    The statement ``select`` must not use the name ``parent``.
    """
    tail, values = keyset(columns, part, [Condition(f"{parent_column} = parent.id", ()), *conditions])
    statement = (
        f"SELECT parent.id, child.* FROM unnest(%s::uuid[]) AS parent(id) CROSS JOIN LATERAL ({select}{tail}) AS child"
    )
    found: dict[uuid.UUID, list[T]] = {parent: [] for parent in parents}
    for parent, *row in fetch(statement, [list(found), *values]):
        found[parent].append(make(tuple(row)))
    return {parent: cut(rows, part) for parent, rows in found.items()}


def wanted_under(  # noqa: PLR0917 - a statement's parts
    wanted: ColumnSelection,
    table: str,
    columns: str | tuple[str, ...],
    parent_column: str,
    parents: Sequence[str],
    part: Slice,
) -> list[Page[DatabaseRow]]:
    """For each parent, read one page of rows. ``wanted`` has the columns of a row. ``parents`` contains ids as text."""
    tail, values = keyset(columns, part, [Condition(f"{parent_column} = parent.id", ())])
    names = ", ".join(f"c{place}" for place in range(len(wanted.columns)))
    statement = (
        f"SELECT parent.id::text, {names} FROM unnest(%s::uuid[]) AS parent(id)"
        f" CROSS JOIN LATERAL ({wanted.of(table)}{tail}) AS child ({names})"
    )
    found: dict[str, list[DatabaseRow]] = {parent: [] for parent in parents}
    for parent, *row in fetch(statement, [list(found), *values]):
        found[parent].append(row)
    pages = {parent: cut(rows, part) for parent, rows in found.items()}
    return [pages[parent] for parent in parents]


def rows_inside(columns: int, statement: str, parent: str) -> str | None:
    """Return the SQL of a column. The column contains all rows of ``statement`` as one JSON text.

    ``columns`` is the number of columns of ``statement``. If this number is too large for one JSON array, return None.
    """
    if columns > _MOST_IN_JSON:
        return None
    names = ", ".join(f"c{place}" for place in range(columns))
    return (
        f"(SELECT json_agg(json_build_array({names}))::text FROM (SELECT {parent} AS id) AS parent"
        f" CROSS JOIN LATERAL ({statement}) AS child ({names}))"
    )


def page_inside(  # noqa: PLR0917 - a statement's parts
    wanted: ColumnSelection, table: str, columns: str | tuple[str, ...], parent_column: str, parent: str, part: Slice
) -> str | None:
    """Return the SQL of a column. The column contains one page of a parent's children. Return None if ``part`` has a cursor."""
    if part.after is not None or part.before is not None:
        return None
    tail, _ = keyset(columns, part, [Condition(f"{parent_column} = parent.id", ())])
    return rows_inside(len(wanted.columns), wanted.as_json().of(table) + tail % (part.limit + 1), parent)


def rows_of(text: str | None) -> list[DatabaseRow]:
    """Parse the JSON text in a column of ``rows_inside`` or ``page_inside``. Return the rows in this text.

    Returns an empty list if ``text`` is None.
    """
    rows: list[DatabaseRow] = [] if text is None else orjson.loads(text)
    return rows


class _HasId(Protocol):
    @property
    def id(self) -> uuid.UUID: ...


WithId = TypeVar("WithId", bound=_HasId)


def rows_by_id(make: Callable[[TupleRow], WithId], statement: str, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, WithId]:
    """Read the rows with these ids. Return a mapping from ids to rows. The ids are the only parameter of ``statement``."""
    return {row.id: row for row in map(make, fetch(statement, [list(ids)]))}


def count_of(table: str, conditions: Sequence[Condition], exact: int = EXACT_COUNT) -> int:
    """Count rows, at most ``exact`` + 1. The result ``exact`` + 1 means that more than ``exact`` rows exist."""
    statement = f"SELECT count(*) FROM (SELECT 1 FROM {table}{where(conditions)} LIMIT {exact + 1}) AS counted"
    ((count,),) = fetch(statement, parameters(conditions))
    return int(count)


def within(at: str, row_id: str, since: datetime | None, until: datetime | None) -> list[Condition]:
    """Return conditions for rows with ``since`` <= time < ``until``. None means no limit."""
    bounds = []
    if since is not None:
        bounds.append(Condition(f"{at} >= %s AND {row_id} > %s", (since, ids_around(since)[0])))
    if until is not None:
        bounds.append(Condition(f"{at} < %s AND {row_id} < %s", (until, ids_around(until)[1])))
    return bounds


def counts_under(
    table: str, parent_column: str, parents: Sequence[uuid.UUID], conditions: Sequence[Condition] = ()
) -> dict[uuid.UUID, int]:
    """Count the rows of each parent."""
    bounds = [Condition(f"{parent_column} = parent.id", ()), *conditions]
    statement = (
        "SELECT parent.id, counted.n FROM unnest(%s::uuid[]) AS parent(id) CROSS JOIN LATERAL (SELECT count(*) AS n FROM"
        f" (SELECT 1 FROM {table}{where(bounds)} LIMIT {EXACT_COUNT + 1}) AS bounded) AS counted"
    )
    return dict(fetch(statement, [list(set(parents)), *parameters(bounds)]))


def database_now() -> datetime:
    """Return the time at which the current transaction started. The time is from PostgreSQL's clock."""
    ((now,),) = fetch(NOW)
    found: datetime = now
    return found
