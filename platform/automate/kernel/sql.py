"""Raw statements on the scope's connection, for ``claims.py``, ``transitions.py`` and ``queries.py``."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from automate.kernel.errors import Json
from automate.kernel.storable import MAX_INTEGER_DIGITS

Parameters = Sequence[Any] | Mapping[str, Any]

_MAY_BE_LONG = re.compile(r"\d{19}")


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


def value_of(text: str) -> Json:
    """A jsonb value from the text that Postgres writes it as. Integers stay exact: orjson makes floats of those past 64 bits."""
    return json.loads(text, parse_int=_integer) if _MAY_BE_LONG.search(text) else orjson.loads(text)


def _integer(literal: str) -> int | float:
    # A large float has no exponent in jsonb.
    return int(literal) if len(literal.lstrip("-")) <= MAX_INTEGER_DIGITS else float(literal)
