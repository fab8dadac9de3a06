"""Reads the saved views of the current tenant."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import columns_of
from automate.kernel.sql import fetch


@dataclass(frozen=True)
class ViewRow:
    """A saved view."""

    id: uuid.UUID
    page: str
    name: str
    search: str
    owner: str
    """Empty for a view that all members share."""
    saved_by: str
    saved_at: datetime


_SELECT = f"SELECT {columns_of(ViewRow, 'v')} FROM saved_view AS v"
LISTED = f"{_SELECT} WHERE v.owner IN ('', %s) AND v.page = COALESCE(%s, v.page) ORDER BY v.page, v.owner <> '', v.name"
# Locked against another person who changes the same view; then the later one counts.
BY_ID = f"{_SELECT} WHERE v.id = %s AND v.owner IN ('', %s) FOR UPDATE"
NAMED = f"{_SELECT} WHERE v.page = %s AND v.owner = %s AND v.name = %s FOR UPDATE"
COUNT = "SELECT count(*) FROM saved_view WHERE owner = %s"


def views_of(owner: str, page: str | None) -> list[ViewRow]:
    """Return the saved views of each list: first the shared views, then the owner's views.

    ``page`` is the name of a list. ``page=None`` means all lists.
    """
    return [ViewRow(*row) for row in fetch(LISTED, [owner, page])]


def locked_by_id(view_id: uuid.UUID, owner: str) -> ViewRow | None:
    rows = fetch(BY_ID, [view_id, owner])
    return ViewRow(*rows[0]) if rows else None


def locked_by_name(page: str, owner: str, name: str) -> ViewRow | None:
    rows = fetch(NAMED, [page, owner, name])
    return ViewRow(*rows[0]) if rows else None


def count_of_owner(owner: str) -> int:
    ((count,),) = fetch(COUNT, [owner])
    return int(count)
