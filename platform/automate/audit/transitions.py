"""SQL that writes audit entries. PostgreSQL sets the time and the hash."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import get_type_hints

from django.db.backends.base.base import BaseDatabaseWrapper

from automate.audit.hashing import FIELDS
from automate.audit.rows import EntryRow
from automate.kernel.json_values import JsonValue
from automate.kernel.queries import columns_of
from automate.kernel.sql import as_set, execute

TENANT_TABLE, PLATFORM_TABLE = "audit_entry", "platform_audit_entry"

_TYPES: Mapping[object, str] = {uuid.UUID: "uuid", str: "text", str | None: "text"}
"""The SQL types of the fields of an entry. A field of any other type is JSON."""
_GIVEN = ", ".join(
    f"{name} {_TYPES.get(kind, 'jsonb')}" for name, kind in get_type_hints(EntryRow).items() if name in FIELDS
)
_HASH = """encode(sha256(convert_to('["' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '",'
                                || a.hashed || ']', 'UTF8')), 'hex')"""

COLUMNS = ", ".join(field.name for field in fields(EntryRow))

# Rows of the parameter ``audit``. Other statements use it to write their entries together with their own rows.
ENTRIES = f"""
SELECT {columns_of(EntryRow, "a", at="now()", hash=_HASH)}
FROM json_to_recordset(%(audit)s::json) AS a ({_GIVEN}, hashed text)
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
