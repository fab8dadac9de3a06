"""Exports the whole audit record of the platform. Connects with the database role that owns the tables."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.db import connections

from automate.audit.lines import line_of
from automate.audit.queries import entry_row
from automate.audit.rows import EntryRow
from automate.kernel.queries import columns_of
from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from tenants.routers import ADMIN

ROWS_AT_ONCE = 1_000
_COLUMNS = columns_of(EntryRow, "e", changes="e.changes::text")
NEXT = f"SELECT {_COLUMNS} FROM public.platform_audit_entry AS e WHERE e.id > %s ORDER BY e.id LIMIT %s"


def platform_lines() -> Iterator[str]:
    """Yield each audit entry as one line of JSON, ordered by id."""
    after = uuid.UUID(int=0)
    while True:
        with administering(PUBLIC_SCHEMA), connections[ADMIN].cursor() as cursor:
            cursor.execute(NEXT, [after, ROWS_AT_ONCE])
            rows = [entry_row(row) for row in cursor.fetchall()]
        for row in rows:
            after = row.id
            yield line_of(row.at, row.hashed(), row.hash)
        if len(rows) < ROWS_AT_ONCE:
            return
