"""The type of a row that PostgreSQL returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

DatabaseRow: TypeAlias = Sequence[Any]
"""A row of a statement. Any, because only PostgreSQL knows the types of its columns."""
