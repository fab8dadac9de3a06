"""All statements that write saved views."""

from __future__ import annotations

import uuid

from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch

# Two callers that save the same name at once get one view, with what the later one saved. If `replaces` is false, the later one
# gets no row.
SAVE = """
INSERT INTO saved_view (id, page, name, search, owner, saved_by, saved_at)
VALUES (%(id)s, %(page)s, %(name)s, %(search)s, %(owner)s, %(by)s, now())
ON CONFLICT (page, owner, name) DO UPDATE SET search = excluded.search, saved_by = excluded.saved_by, saved_at = excluded.saved_at
WHERE %(replaces)s
RETURNING id
"""
DELETE = "DELETE FROM saved_view WHERE id = %s"


def save(page: str, name: str, search: str, owner: str, by: str, *, replaces: bool) -> uuid.UUID | None:
    """Insert or replace a view, and return its id. Returns None if the view exists and ``replaces`` is False."""
    values: dict[str, object] = {"id": new_id(), "page": page, "name": name, "search": search, "owner": owner, "by": by}
    rows = fetch(SAVE, {**values, "replaces": replaces})
    return next((view_id for (view_id,) in rows), None)


def delete(view_id: uuid.UUID) -> None:
    execute(DELETE, [view_id])
