"""All statements that write saved views."""

from __future__ import annotations

import uuid

from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch

# Two callers that save the same name at once get one view, with what the later one saved.
SAVE = """
INSERT INTO saved_view (id, page, name, search, owner, saved_by, saved_at)
VALUES (%(id)s, %(page)s, %(name)s, %(search)s, %(owner)s, %(by)s, now())
ON CONFLICT (page, owner, name) DO UPDATE SET search = excluded.search, saved_by = excluded.saved_by, saved_at = excluded.saved_at
RETURNING id
"""
DELETE = "DELETE FROM saved_view WHERE id = %s"


def save(page: str, name: str, search: str, owner: str, by: str) -> uuid.UUID:
    values = {"id": new_id(), "page": page, "name": name, "search": search, "owner": owner, "by": by}
    ((view_id,),) = fetch(SAVE, values)
    saved: uuid.UUID = view_id
    return saved


def delete(view_id: uuid.UUID) -> None:
    execute(DELETE, [view_id])
