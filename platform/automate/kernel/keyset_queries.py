"""Reads pages of querysets. The pages have the same order and keys as those of ``kernel.queries``."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import F, Func, Model, Q, QuerySet, Value
from django.db.models.functions import Collate, Left

from automate.kernel.queries import EXACT_COUNT, Key, Page, Slice, cut

TEXT_CHARACTERS = 40
"""How many characters of a text column are compared, so that the text fits into a cursor."""
UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
TIMES = frozenset({"created_at", "updated_at", "requested_at", "expires_at"})
M = TypeVar("M", bound=Model)


def folded(column: str) -> Collate:
    """Return the expression of a text column by which lists are sorted.

    No collation of the database is used, because a new release could change its order while clients hold cursors.
    """
    start = Left(column, TEXT_CHARACTERS)
    return Collate(Func(start, Value(UPPER), Value(LOWER), function="translate"), "C")


def page_of_rows(rows: QuerySet[M], part: Slice) -> Page[M]:
    """Read one page of a list."""
    names = ["pk"]
    if part.by:
        rows = rows.alias(place=F(part.by) if part.by in TIMES else folded(part.by))
        names = ["place", "pk"]
    below, above = ("gt", "lt") if part.oldest_first else ("lt", "gt")
    for key, side in ((part.after, below), (part.before, above)):
        if key is not None:
            rows = rows.filter(_beyond(side, key))
    sign = "-" if part.forward != part.oldest_first else ""
    return cut(list(rows.order_by(*(sign + name for name in names))[: part.limit + 1]), part)


def _beyond(side: str, key: Key) -> Q:
    if not isinstance(key, tuple):
        return Q((f"pk__{side}", key))
    place, row_id = key
    # Django 4.2 has no comparison of tuples.
    return Q((f"place__{side}e", place)) & (Q((f"place__{side}", place)) | Q((f"pk__{side}", row_id)))


def count_rows(rows: QuerySet[M]) -> int:
    """Count the rows of a list, at most ``EXACT_COUNT`` + 1."""
    count: int = rows[: EXACT_COUNT + 1].count()
    return count
