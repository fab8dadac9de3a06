"""When the deletion of a tenant is due, removes the tenant's rows, schema and database role."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from automate.audit.services import entry
from automate.audit.transitions import insert_receipt
from automate.kernel.principals import SYSTEM, acting_as
from automate.kernel.tenancy import PUBLIC_SCHEMA, administering, schema_of
from tenants.routers import ADMIN

log = structlog.get_logger(__name__)

ROWS_AT_ONCE = 5_000
KEPT = ("platform_audit_entry", "tenant_deletion", "tenant_domain", "usage_hour")
"""Public tables with a tenant's id that are not emptied in batches. The last transaction empties some of these
tables. The other tables keep their rows, for example usage, which the platform bills."""
DUE = """
SELECT t.id, t.slug, t.external_id, t.name, t.created_at, d.requested_at, d.due_at, d.reason, d.requested_by::text
FROM tenant_deletion d JOIN tenant t ON t.id = d.tenant_id WHERE d.due_at <= now() ORDER BY d.due_at LIMIT 10
"""
STILL_DUE = "SELECT 1 FROM tenant_deletion WHERE tenant_id = %s AND due_at <= now() FOR UPDATE SKIP LOCKED"
# A table comes before the tables to which it refers.
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant_id' AND NOT a.attisdropped
  AND c.relname <> ALL (%s)
ORDER BY (SELECT count(*) FROM pg_constraint f WHERE f.confrelid = c.oid AND f.contype = 'f'), c.relname
"""
REMOVE_SOME = "DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE tenant_id = %s LIMIT %s))"
COUNTS = """
SELECT relname, greatest(reltuples, 0)::bigint FROM pg_class
WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname = ANY (%s)
"""
COUNTED = ("event", "execution_run", "step_run", "audit_entry")
BYTES = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
SCHEMA_EXISTS = "SELECT to_regnamespace(%s) IS NOT NULL"
ROLE_EXISTS = "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)"
PATIENCE = "SELECT set_config('lock_timeout', '5s', true), set_config('automate.retention', 'on', true)"


@dataclass(frozen=True)
class TenantToPurge:
    """A tenant whose data is due to be removed."""

    id: uuid.UUID
    slug: str
    external_id: str
    name: str
    created_at: datetime
    requested_at: datetime
    due_at: datetime
    reason: str
    requested_by: str

    def receipt(self, rows: Mapping[str, int], size: int) -> dict[str, tuple[object, object]]:
        """Return the facts about the deleted tenant. The platform's audit record keeps these facts."""
        facts = {
            "externalId": self.external_id,
            "name": self.name,
            "createdAt": self.created_at.isoformat(),
            "requestedAt": self.requested_at.isoformat(),
            "requestedBy": json.loads(self.requested_by),
            "reason": self.reason,
            "schema": schema_of(self.id),
            "approximateRows": rows,
            "bytes": size,
        }
        return {name: (value, None) for name, value in facts.items()}


def purge_due() -> int:
    """Remove the tenants whose deletion is due. Returns the number of removed tenants."""
    connection = connections[ADMIN]
    with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
        cursor.execute(DUE)
        due = [TenantToPurge(*row) for row in cursor.fetchall()]
    return sum(purge(connection, one) for one in due)


def purge(connection: BaseDatabaseWrapper, due: TenantToPurge) -> bool:
    # False if another session holds a lock: try again. Rows in shared tables are removed in batches, then the rest in one
    # transaction. An interrupted call can be repeated. `connection` has the login of the tables' owner.
    try:
        with administering(PUBLIC_SCHEMA):
            tables = _empty_shared(connection, due.id)
            gone = _remove_rest(connection, due, tables)
    except OperationalError as error:
        log.warning("tenant is removed later", tenant=due.slug, error=str(error))
        return False
    if gone:
        log.info("tenant removed", tenant=due.slug, schema=schema_of(due.id))
    return gone


def _empty_shared(connection: BaseDatabaseWrapper, tenant_id: uuid.UUID) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [list(KEPT)])
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            if table == "tenant":
                continue
            count = ROWS_AT_ONCE
            while count == ROWS_AT_ONCE:
                cursor.execute(REMOVE_SOME.format(table=connection.ops.quote_name(table)), [tenant_id, ROWS_AT_ONCE])
                count = cursor.rowcount
    return tables


def _remove_rest(connection: BaseDatabaseWrapper, due: TenantToPurge, tables: list[str]) -> bool:
    schema = schema_of(due.id)
    with transaction.atomic(using=connection.alias, durable=True), connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(STILL_DUE, [due.id])
        if cursor.fetchone() is None:
            return False
        cursor.execute(SCHEMA_EXISTS, [schema])
        (there,) = cursor.fetchone()
        rows, size = {}, 0
        if there:
            cursor.execute(COUNTS, [schema, list(COUNTED)])
            rows = {name: int(count) for name, count in cursor.fetchall()}
            cursor.execute(BYTES, [schema])
            ((size,),) = cursor.fetchall()
            cursor.execute(f"DROP SCHEMA {schema} CASCADE")
        cursor.execute(ROLE_EXISTS, [schema])
        if cursor.fetchone() == (True,):
            cursor.execute(f"DROP ROLE {schema}")
        for table in [*tables, "tenant_deletion", "tenant_domain"]:
            if table != "tenant":
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)} WHERE tenant_id = %s", [due.id])
        cursor.execute("DELETE FROM tenant WHERE id = %s", [due.id])
        with acting_as(SYSTEM):
            made = entry("tenant.delete", "tenant", due.id, due.slug, due.receipt(rows, int(size)))
        insert_receipt(connection, made, due.id)
    return True
