"""Runs SQL statements on the current database connection.

SQL belongs in modules named ``claims.py``, ``transitions.py``, ``queries.py`` or ``*_queries.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple, TypeAlias

from django.db import connection
from psycopg.rows import TupleRow

from automate.kernel.before_statements import announce_statement
from automate.kernel.json_text import json_bytes
from automate.kernel.rows import DatabaseValue
from automate.kernel.transactions import require_transaction

Parameters: TypeAlias = Sequence[object] | Mapping[str, object]


def fetch(statement: str, parameters: Parameters = ()) -> list[TupleRow]:
    """Run a statement and return its rows."""
    announce_statement()
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[TupleRow] = cursor.fetchall()
    return rows


def fetch_value(statement: str, parameters: Parameters = ()) -> DatabaseValue:
    """Run a statement that selects one column. Return the value of the first row, or None without a row."""
    rows = fetch(statement, parameters)
    if not rows:
        return None
    ((value,), *_) = rows
    return value


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run a statement and return the number of affected rows."""
    announce_statement()
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


class Done(NamedTuple):
    """The result of a statement: the number of affected rows, and the returned rows."""

    touched: int
    rows: list[TupleRow]

    @property
    def value(self) -> DatabaseValue:
        """The first column of the first row."""
        ((value, *_), *_) = self.rows
        return value


def execute_all(statements: Sequence[tuple[str, Parameters]]) -> list[Done]:
    """Run statements with one round trip. Requires a transaction. If a statement fails, later statements are not run."""
    require_transaction()
    return _in_one_trip(statements)


def fetch_all(statements: Sequence[tuple[str, Parameters]]) -> list[list[TupleRow]]:
    """Run statements that only read, with one round trip. Return the rows of each statement."""
    return [done.rows for done in _in_one_trip(statements)]


def _in_one_trip(statements: Sequence[tuple[str, Parameters]]) -> list[Done]:
    announce_statement()
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ in statements]
        with connection.pipeline():  # type: ignore[attr-defined] # our own backend's
            for cursor, (statement, parameters) in zip(cursors, statements, strict=True):
                cursor.execute(statement, parameters)
        return [Done(cursor.rowcount, cursor.fetchall() if cursor.description else []) for cursor in cursors]


def as_set(rows: Sequence[object]) -> str:
    """Encode rows as one parameter for ``json_to_recordset``. A row is a mapping, or an object of a dataclass without slots."""
    return json_bytes(rows).decode()
