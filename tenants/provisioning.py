"""Schemas and roles: the only code that owns anything. It runs in the scheduler and in ``automate migrate``."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from automate.kernel.ids import new_id
from automate.kernel.tenancy import PUBLIC_SCHEMA, TENANT_GROUP_ROLE, administering, schema_of
from tenants.claims import DEMAND_STANDS_SECONDS, WANTED_SPARES
from tenants.grants import public_grants, tenant_grants
from tenants.routers import ADMIN
from tenants.seeds import seed_statements

MIGRATION_LOCK = 0x6175746F
"""A Postgres advisory lock: two schedulers never migrate the same schema at once."""


def _connection() -> BaseDatabaseWrapper:
    if ADMIN not in settings.DATABASES:
        raise ImproperlyConfigured(
            "set AUTOMATE_ADMIN_DATABASE_URL for this process: migrations and provisioning need the role that owns the tables"
        )
    return connections[ADMIN]


def _application_role() -> str:
    role = settings.DATABASES["default"]["USER"]
    if not role.isidentifier():
        raise ImproperlyConfigured(f"the user in DATABASE_URL must be a plain name; it is {role!r}")
    return str(role)


@contextmanager
def _migration_lock() -> Iterator[None]:
    with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _migrate_schema(schema: str, statements: list[str]) -> None:
    connection = _connection()
    with administering(schema):
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            executor.migrate(executor.loader.graph.leaf_nodes(), plan)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _unseen(_done: int, _total: int) -> None:
    """Nobody watches."""


def migrate(report: Callable[[int, int], None] = _unseen) -> int:
    """Bring the public schema, every tenant's and every spare one up to this release. Idempotent.

    report: called after each schema with how many are done, and of how many. Returns how many there are.
    """
    application = _application_role()
    with _migration_lock():
        _migrate_schema(PUBLIC_SCHEMA, public_grants(application))
        schemas = _schemas()
        total = len(schemas) + 1
        report(1, total)
        for done, schema in enumerate(schemas, start=2):
            _migrate_schema(schema, tenant_grants(schema, application))
            report(done, total)
    return total


def _schemas() -> list[str]:
    with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
        cursor.execute(
            "SELECT schema_name FROM tenant UNION SELECT 't_' || replace(tenant_id::text, '-', '') FROM spare_schema"
        )
        return [name for (name,) in cursor.fetchall()]


def create_spare_schema() -> uuid.UUID:
    """A migrated schema with its role, ready to be claimed. Returns the id of the tenant that will have it."""
    tenant_id = new_id()
    schema = schema_of(tenant_id)
    application = _application_role()
    with _migration_lock():
        with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
            cursor.execute(f"CREATE ROLE {schema} NOLOGIN IN ROLE {TENANT_GROUP_ROLE}")
            cursor.execute(f"CREATE SCHEMA {schema}")
        _migrate_schema(schema, [*tenant_grants(schema, application), *seed_statements()])
        with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
            cursor.execute("INSERT INTO spare_schema (tenant_id, ready_at) VALUES (%s, now())", [tenant_id])
    return tenant_id


def spare_schema_count() -> int:
    with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
        cursor.execute("SELECT count(*) FROM spare_schema")
        (count,) = cursor.fetchone()
    return int(count)


def wanted_spare_schemas() -> int:
    """As many as the settings say, or as a call looked for in vain within the last five minutes."""
    with administering(PUBLIC_SCHEMA), _connection().cursor() as cursor:
        cursor.execute(WANTED_SPARES, {"standing": DEMAND_STANDS_SECONDS})
        rows = cursor.fetchall()
    return max([int(settings.SPARE_SCHEMAS), *(int(wanted) for (wanted,) in rows)])


def keep_spare_schemas() -> int:
    """Make spare schemas until as many wait as are wanted. Returns how many were made."""
    made = 0
    while spare_schema_count() < wanted_spare_schemas():
        create_spare_schema()
        made += 1
    return made
