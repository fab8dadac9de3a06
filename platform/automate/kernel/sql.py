"""Runs SQL statements on the current database connection.

SQL belongs in modules named ``claims.py``, ``transitions.py``, ``queries.py`` or ``*_queries.py``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from automate.kernel.errors import Json
from automate.kernel.json_text import json_bytes
from automate.kernel.transactions import require_transaction

Parameters = Sequence[Any] | Mapping[str, Any]


def fetch(statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run a statement and return the number of affected rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


class Done(NamedTuple):
    """The result of a statement: the number of affected rows, and the returned rows."""

    touched: int
    rows: list[tuple[Any, ...]]


def execute_all(statements: Sequence[tuple[str, Parameters]]) -> list[Done]:
    """Run statements with one round trip. Requires a transaction. A failed statement stops the later ones."""
    require_transaction()
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ in statements]
        with connection.pipeline():  # type: ignore[attr-defined] # our own backend's
            for cursor, (statement, parameters) in zip(cursors, statements, strict=True):
                cursor.execute(statement, parameters)
        return [Done(cursor.rowcount, cursor.fetchall() if cursor.description else []) for cursor in cursors]


def as_set(rows: Sequence[Mapping[str, Json | uuid.UUID | datetime]]) -> str:
    """Encode rows as one JSON parameter for ``json_to_recordset``."""
    return json_bytes(rows).decode()
