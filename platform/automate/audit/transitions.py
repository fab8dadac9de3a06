"""SQL that writes audit entries. PostgreSQL sets the time and the hash."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.json_values import JsonValue
from automate.kernel.sql import as_set, execute

TENANT_TABLE, PLATFORM_TABLE = "audit_entry", "platform_audit_entry"

COLUMNS = (
    "id, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_label, changes, trace_id, hash"
)

# Rows of the parameter ``audit``. Other statements use it to write their entries together with their own rows.
ENTRIES = """
SELECT a.id, now(), a.actor_kind, a.actor_id, a.actor_name, a.action, a.object_kind, a.object_id, a.object_label,
       a.changes, a.trace_id,
       encode(sha256(convert_to('["' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",'
                                || a.hashed || ']', 'UTF8')), 'hex')
FROM json_to_recordset(%(audit)s::json) AS a (id uuid, actor_kind text, actor_id text, actor_name text, action text,
     object_kind text, object_id text, object_label text, changes jsonb, trace_id text, hashed text)
"""


INSERT_OF_PLATFORM = f"""
INSERT INTO {PLATFORM_TABLE} ({COLUMNS}, tenant_id) SELECT entry.*, %(tenant)s::uuid FROM ({ENTRIES}) AS entry
"""

# The id of the tenant that may read an entry is an additional key of its row.
INSERT_FOR_TENANTS = f"""
INSERT INTO {PLATFORM_TABLE} ({COLUMNS}, tenant_id)
SELECT entry.*, read.tenant_id FROM ({ENTRIES}) AS entry
JOIN json_to_recordset(%(audit)s::json) AS read (id uuid, tenant_id uuid) ON read.id = entry.id
"""


def insert(entries: Sequence[Mapping[str, JsonValue]]) -> None:
    """Write entries to the tenant's audit record."""
    execute(f"INSERT INTO {TENANT_TABLE} ({COLUMNS}) {ENTRIES}", {"audit": as_set(entries)})


def insert_of_platform(entry: Mapping[str, JsonValue], tenant_id: uuid.UUID | None) -> None:
    # `tenant_id`: the tenant that can read the entry in its own record too.
    execute(INSERT_OF_PLATFORM, {"audit": as_set([entry]), "tenant": tenant_id})


def insert_for_tenants(entries: Sequence[tuple[Mapping[str, JsonValue], uuid.UUID | None]]) -> None:
    # An entry may have a tenant, which can read the entry in its own record too.
    rows = [{**entry, "tenant_id": tenant_id} for entry, tenant_id in entries]
    execute(INSERT_FOR_TENANTS, {"audit": as_set(rows)})


def insert_all_of_platform(connection: BaseDatabaseWrapper, entries: Sequence[Mapping[str, JsonValue]]) -> None:
    """Write entries to the platform's audit record. ``connection`` must use the role that owns the tables."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT_OF_PLATFORM, {"audit": as_set(entries), "tenant": None})


def insert_receipt(connection: BaseDatabaseWrapper, entry: Mapping[str, JsonValue], tenant_id: uuid.UUID) -> None:
    """Write an entry about a tenant to the platform's audit record.

    ``connection`` must use the role that owns the tables.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT_OF_PLATFORM, {"audit": as_set([entry]), "tenant": tenant_id})
