"""Raw statements on the scope's connection, for ``claims.py``, ``transitions.py`` and ``queries.py``."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from automate.kernel.errors import Json

Parameters = Sequence[Any] | Mapping[str, Any]


def fetch(statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Run a statement and return all of its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def as_set(rows: Sequence[Mapping[str, Json | uuid.UUID | datetime]]) -> str:
    """Rows as one JSON parameter for ``json_to_recordset``: one statement writes the whole set."""
    try:
        return orjson.dumps(rows).decode()
    except TypeError:
        # An integer past 64 bits, which Postgres keeps exactly and orjson does not write.
        return json.dumps(rows, default=str)
