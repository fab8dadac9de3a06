"""Exports the whole audit record of the platform. Connects with the database role that owns the tables."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

from django.db import connections

from automate.audit.hashing import FIELDS, stored_form
from automate.audit.lines import line_of
from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from tenants.routers import ADMIN

ROWS_AT_ONCE = 1_000
NEXT = """
SELECT id, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_label, changes::text, trace_id, at, hash
FROM public.platform_audit_entry WHERE id > %s ORDER BY id LIMIT %s
"""


def platform_lines() -> Iterator[str]:
    """Yield each audit entry as one line of JSON, ordered by id."""
    after = uuid.UUID(int=0)
    while True:
        with administering(PUBLIC_SCHEMA), connections[ADMIN].cursor() as cursor:
            cursor.execute(NEXT, [after, ROWS_AT_ONCE])
            rows = cursor.fetchall()
        for after, *plain, changes, trace_id, at, digest in rows:
            fields = (str(after), *plain, stored_form(json.loads(changes)), trace_id)
            yield line_of(at, dict(zip(FIELDS, fields, strict=True)), digest)
        if len(rows) < ROWS_AT_ONCE:
            return
