"""The type of a row that PostgreSQL returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

DatabaseValue: TypeAlias = Any
"""A value of a column. Any, because psycopg types values as Any: only PostgreSQL knows the type of a column."""
DatabaseRow: TypeAlias = Sequence[object]
"""A row of a statement, for code that only passes the row on. Code that reads columns takes psycopg's ``TupleRow``."""
