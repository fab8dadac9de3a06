"""Finds the schemas that are already upgraded to this release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader

from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from tenants.grants import tenant_grants
from tenants.placement import host_tables

SCHEMAS_AT_ONCE = 200
"""Number of schemas that one statement reads. Each table in a statement takes a lock, and a server has only a
few thousand locks."""

MARKED = """
SELECT n.nspname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'django_migrations'
WHERE n.nspname = ANY (%s) AND obj_description(n.oid, 'pg_namespace') = %s ORDER BY 1
"""
RECORDED = "SELECT '{schema}', count(*) FROM {schema}.django_migrations"
STARTED = "SELECT schemaname FROM pg_tables WHERE tablename = 'django_migrations' AND schemaname = ANY (%s) ORDER BY 1"


class SchemaRelease:
    """All migrations and database rights of this release. Their digest marks the upgraded schemas."""

    def __init__(self) -> None:
        migrations = sorted(f"{app}.{name}" for app, name in MigrationLoader(None).graph.nodes)
        self._host = host_tables()
        said = "\n".join([*migrations, *self._grants("tenant")])
        self._count = len(migrations)
        self._mark = f"automate {hashlib.sha256(said.encode()).hexdigest()[:32]}"

    def _grants(self, schema: str) -> list[str]:
        return tenant_grants(schema, host=self._host)

    def after(self, schema: str) -> list[str]:
        """Return the SQL statements that complete the upgrade of a tenant's schema."""
        return [*self._grants(schema), f"COMMENT ON SCHEMA {schema} IS '{self._mark}'"]

    def reached_by(self, connection: BaseDatabaseWrapper, schemas: Sequence[str]) -> set[str]:
        """Return the schemas that are already upgraded to this release."""
        found: set[str] = set()
        with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
            cursor.execute(MARKED, [list(schemas), self._mark])
            marked = [schema for (schema,) in cursor.fetchall()]
            found.update(schema for schema, count in _recorded(cursor, marked) if count >= self._count)
        return found

    def missing_in(self, connection: BaseDatabaseWrapper, schemas: Sequence[str]) -> dict[str, int]:
        """Return the number of migrations that each schema still needs."""
        missing = dict.fromkeys(schemas, self._count)
        with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
            cursor.execute(STARTED, [list(schemas)])
            started = [schema for (schema,) in cursor.fetchall()]
            missing.update({schema: max(0, self._count - count) for schema, count in _recorded(cursor, started)})
        return missing


def _recorded(cursor: CursorWrapper, schemas: Sequence[str]) -> Iterator[tuple[str, int]]:
    for start in range(0, len(schemas), SCHEMAS_AT_ONCE):
        part = schemas[start : start + SCHEMAS_AT_ONCE]
        cursor.execute(" UNION ALL ".join(RECORDED.format(schema=schema) for schema in part))
        yield from cursor.fetchall()
