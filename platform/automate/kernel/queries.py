"""Keyset pages: rows in the order of their time-ordered ids, newest first, in both directions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import ids_around
from automate.kernel.limits import Limits
from automate.kernel.sql import fetch

NOW = "SELECT now()"

T = TypeVar("T")
Key = uuid.UUID | tuple[Any, ...]
"""The key of a row: its id, or its values of the columns by which the list is ordered."""
_ISO_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'
"""The format of a time in a session in UTC, as all of ours are."""
_MOST_IN_JSON = 100
"""The maximum number of arguments of a PostgreSQL function."""
EXACT_COUNT = 10_000
"""Counts are exact up to this number. A count above it means "more"."""


@dataclass(frozen=True)
class Slice:
    """The requested part of a list: at most ``limit`` rows, below ``after`` and above ``before`` in the list's order."""

    limit: int
    forward: bool = True
    """From the list's start; otherwise from its end."""
    after: Key | None = None
    before: Key | None = None
    oldest_first: bool = False
    """The list's own order."""
    by: str = ""
    """A column that sorts rows before the list's own columns, with ``{}`` for their alias. It is then the first of the key."""


@dataclass(frozen=True)
class Page(Generic[T]):
    rows: list[T]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True)
class Condition:
    """A part of a WHERE clause with its parameters."""

    sql: str
    parameters: tuple[Any, ...]


@dataclass(frozen=True)
class ColumnSelection:
    """The requested columns in SQL, with their joins. They use the alias of the rows."""

    columns: tuple[str, ...]
    joins: str = ""
    times: tuple[int, ...] = ()
    """The positions of the columns that are times."""

    def as_json(self) -> ColumnSelection:
        """The same columns for rows as JSON.

        PostgreSQL writes times in JSON like ``isoformat``, except for trailing zeros.
        """
        columns = list(self.columns)
        for place in self.times:
            columns[place] = f"replace(to_char({columns[place]}, '{_ISO_FORMAT}'), '.000000', '')"
        return replace(self, columns=tuple(columns))

    def of(self, table: str) -> str:
        """The statement up to its WHERE clause. table: the table with the alias of the rows."""
        return f"SELECT {', '.join(self.columns)} FROM {table}{self.joins}"


def as_it_is(row: Sequence[Any]) -> Sequence[Any]:
    """The identity, for readers that need no conversion of rows."""
    return row


def columns_of(row: type, alias: str, **written: str) -> str:
    """The columns for a row class, in the order of its fields: of the same name, or as given.

    Fields with a default, and keyword-only fields, have no column.
    """
    return ", ".join(written.get(name, f"{alias}.{name}") for name in _columns(row))


def _columns(row: type) -> list[str]:
    return [field.name for field in fields(row) if field.default is MISSING and not field.kw_only]


class RowReader(Generic[T]):
    """Reads rows of a row class. A field that is added to the class is read without another line of code.

    sql: fields whose columns have another name. read: fields whose values are parsed unless they are null.
    """

    def __init__(
        self, row: type[T], alias: str, sql: Mapping[str, str] | None = None, **read: Callable[[Any], Any]
    ) -> None:
        names = _columns(row)
        if unknown := {*(sql or {}), *read} - {*names}:
            raise TypeError(f"{row.__name__} has no columns {sorted(unknown)}.")
        self.columns = columns_of(row, alias, **(sql or {}))
        self._row: Callable[..., T] = row
        self._read = [(names.index(name), how) for name, how in read.items()]

    def __call__(self, values: Sequence[Any], **given: Any) -> T:
        """Make a reader. given: the fields that have no column."""
        if not self._read:
            return self._row(*values, **given)
        found = list(values)
        for place, how in self._read:
            if found[place] is not None:
                found[place] = how(found[place])
        return self._row(*found, **given)


def slice_limit(first: int | None, last: int | None, limits: Limits) -> tuple[int, bool]:
    """The number of rows, and whether they are counted from the start of the list.

    Raises NormalizedError BAD_USER_INPUT if both are given or one is negative, LIMIT_EXCEEDED above the page limit.
    """
    if first is not None and last is not None:
        raise NormalizedError("BAD_USER_INPUT", "Pass first or last, not both.", path=["last"])
    name, limit = ("last", last) if last is not None else ("first", first)
    if limit is None:
        return limits.default_page_size, True
    if limit < 0:
        raise NormalizedError("BAD_USER_INPUT", f"{name} must be 0 or more; it is {limit}.", path=[name])
    if limit > limits.page_size:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"{name} is {limit}; a page has at most {limits.page_size} rows. Request fewer rows and page with `after`.",
            details={"limit": "page_size", "maximum": limits.page_size},
            path=[name],
        )
    return limit, name == "first"


def keyset(columns: str | tuple[str, ...], part: Slice, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    """The end of the statement for a page: ``WHERE … ORDER BY … LIMIT …``, with one extra row that shows whether more rows
    follow.
    """
    bounds = list(conditions)
    if part.by:
        own = (columns,) if isinstance(columns, str) else columns
        columns = (part.by.format(own[0].partition(".")[0]), *own)
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


def parameters(conditions: Sequence[Condition]) -> list[Any]:
    return [value for condition in conditions for value in condition.parameters]


def cut(rows: Sequence[T], part: Slice) -> Page[T]:
    """Make a page from the rows of ``keyset``, without the extra row.

    A bound that the caller gave was a row of the list, so the list continues beyond it.
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
    make: Callable[[tuple[Any, ...]], T],
) -> Page[T]:
    """One page of a list, in one statement."""
    tail, values = keyset(columns, part, conditions)
    return cut([make(row) for row in fetch(select + tail, values)], part)


def pages_under(  # noqa: PLR0917 - a statement's parts
    select: str,
    columns: str | tuple[str, ...],
    parent_column: str,
    parents: Sequence[uuid.UUID],
    part: Slice,
    make: Callable[[tuple[Any, ...]], T],
    conditions: Sequence[Condition] = (),
) -> dict[uuid.UUID, Page[T]]:
    """The same page of a list for each of several parents, in one statement. select must not name ``parent``.

    parents may repeat: two rows may have the same neighbour.
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
) -> list[Page[Sequence[Any]]]:
    """Read pages as ``pages_under`` does, with the requested columns. parents: ids as text. Returns a page for each, in order."""
    tail, values = keyset(columns, part, [Condition(f"{parent_column} = parent.id", ())])
    names = ", ".join(f"c{place}" for place in range(len(wanted.columns)))
    statement = (
        f"SELECT parent.id::text, {names} FROM unnest(%s::uuid[]) AS parent(id)"
        f" CROSS JOIN LATERAL ({wanted.of(table)}{tail}) AS child ({names})"
    )
    found: dict[str, list[Sequence[Any]]] = {parent: [] for parent in parents}
    for row in fetch(statement, [list(found), *values]):
        found[row[0]].append(row[1:])
    pages = {parent: cut(rows, part) for parent, rows in found.items()}
    return [pages[parent] for parent in parents]


def rows_inside(columns: int, statement: str, parent: str) -> str | None:
    """A column of an outer statement: the rows that an inner statement finds for the outer row, as JSON text. Null if it finds
    none.

    columns: the number of the inner statement's columns; None is returned if it is too large for JSON. parent: the outer row's
    key, which the inner statement names ``parent.id``.
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
    """The page of ``wanted_under``, as a column of the parent's own statement. None for a page after a cursor."""
    if part.after is not None or part.before is not None:
        return None
    tail, (limit,) = keyset(columns, part, [Condition(f"{parent_column} = parent.id", ())])
    return rows_inside(len(wanted.columns), wanted.as_json().of(table) + tail % int(limit), parent)


def rows_of(text: str | None) -> list[Sequence[Any]]:
    """Parse the rows in a column that ``rows_inside`` made."""
    rows: list[Sequence[Any]] = [] if text is None else orjson.loads(text)
    return rows


def count_of(table: str, conditions: Sequence[Condition], exact: int = EXACT_COUNT) -> int:
    """The number of rows, exact up to a limit. The limit + 1 means that there are more."""
    statement = f"SELECT count(*) FROM (SELECT 1 FROM {table}{where(conditions)} LIMIT {exact + 1}) AS counted"
    ((count,),) = fetch(statement, parameters(conditions))
    return int(count)


def within(at: str, row_id: str, since: datetime | None, until: datetime | None) -> list[Condition]:
    """Conditions for rows with ``since`` <= time < ``until``, found by their ids. None sets no bound."""
    bounds = []
    if since is not None:
        bounds.append(Condition(f"{at} >= %s AND {row_id} > %s", (since, ids_around(since)[0])))
    if until is not None:
        bounds.append(Condition(f"{at} < %s AND {row_id} < %s", (until, ids_around(until)[1])))
    return bounds


def counts_under(
    table: str, parent_column: str, parents: Sequence[uuid.UUID], conditions: Sequence[Condition] = ()
) -> dict[uuid.UUID, int]:
    """``count_of`` for each of several parents, which may repeat, in one statement."""
    bounds = [Condition(f"{parent_column} = parent.id", ()), *conditions]
    statement = (
        "SELECT parent.id, counted.n FROM unnest(%s::uuid[]) AS parent(id) CROSS JOIN LATERAL (SELECT count(*) AS n FROM"
        f" (SELECT 1 FROM {table}{where(bounds)} LIMIT {EXACT_COUNT + 1}) AS bounded) AS counted"
    )
    return dict(fetch(statement, [list(set(parents)), *parameters(bounds)]))


def database_now() -> datetime:
    """The start of the current transaction by PostgreSQL's clock."""
    ((now,),) = fetch(NOW)
    found: datetime = now
    return found
