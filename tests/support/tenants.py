"""Tenants for tests. A schema is made once and serves many tests: each gets it emptied, under a new name.

A migration run costs some 200 ms and leaves 40 tables behind; a suite of thousands spends most of its time there. A used
schema is emptied instead and renamed to the schema of a new tenant id, so that the next test has a tenant that no cache of any
process has seen. ``upsert_tenants`` then makes the tenant, its token, budget and lane, as in production.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
from psycopg import sql

from automate.kernel.ids import new_id
from automate.kernel.tenancy import TenantRef, acting_for_platform, schema_of

LOCK_TIMEOUT = "1s"
"""A session that a test left behind may hold a lock; that schema is left to it."""

RECYCLE = """
CREATE FUNCTION pg_temp.recycle(used text, renamed text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one record;
  former uuid := substr(used, 3)::uuid;
BEGIN
  -- Triggers that keep rows from being deleted, and foreign keys, guard the application; here all rows go.
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT oid::regclass AS name, pg_relation_size(oid) > 262144 AS large FROM pg_class
    WHERE relnamespace = used::regnamespace AND relkind = 'r' AND relname <> 'django_migrations' AND pg_relation_size(oid) > 0
  LOOP
    EXECUTE format(CASE WHEN one.large THEN 'TRUNCATE %s' ELSE 'DELETE FROM %s' END, one.name);
  END LOOP;
  PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relnamespace = used::regnamespace AND relkind = 'S';
  FOR one IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant_id' AND NOT a.attisdropped
  LOOP
    EXECUTE format('DELETE FROM %s WHERE tenant_id = %L', one.name, former);
  END LOOP;
  DELETE FROM public.tenant WHERE id = former;
  EXECUTE format('ALTER SCHEMA %I RENAME TO %I', used, renamed);
  EXECUTE format('ALTER ROLE %I RENAME TO %I', used, renamed);
  FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
    WHERE pronamespace = renamed::regnamespace AND proconfig IS NOT NULL
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, public', one.name, renamed);
  END LOOP;
END $$
"""

MAKE_UP = """
SELECT md5(string_agg(replace(line, %(schema)s::text, ''), E'\\n' ORDER BY replace(line, %(schema)s::text, ''))) FROM (
  SELECT concat_ws(' ', 'table', relname, relkind, relacl::text, relowner::regrole, relrowsecurity, relhastriggers) AS line
    FROM pg_class WHERE relnamespace = %(schema)s::text::regnamespace
  UNION ALL SELECT concat_ws(' ', 'column', c.relname, a.attname, a.atttypid, a.attnotnull, a.attacl::text)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = %(schema)s::text::regnamespace AND c.relkind = 'r' AND a.attnum > 0
  UNION ALL SELECT concat_ws(' ', 'function', proname, md5(prosrc), proacl::text) FROM pg_proc WHERE pronamespace = %(schema)s::text::regnamespace
  UNION ALL SELECT concat_ws(' ', 'trigger', c.relname, t.tgname, t.tgenabled)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = %(schema)s::text::regnamespace AND NOT t.tgisinternal
  UNION ALL SELECT concat_ws(' ', 'constraint', conname, contype, convalidated) FROM pg_constraint
    WHERE connamespace = %(schema)s::text::regnamespace
  UNION ALL SELECT concat_ws(' ', 'comment', obj_description(%(schema)s::text::regnamespace, 'pg_namespace'))
) AS lines
"""
"""What a schema is made of, but for its name and its rows: a test may have changed it."""


@dataclass(frozen=True)
class NewTenant:
    ref: TenantRef
    token: str


class TenantPool:
    """superuser: a session with autocommit."""

    def __init__(self, superuser: psycopg.Connection[Any]) -> None:
        self._superuser = superuser
        self._superuser.execute(RECYCLE)
        self._numbers = count(1)
        self._lent: list[tuple[str, str]] = []
        self._free: dict[str, list[str]] = {}
        self._make_ups: dict[str, object] = {}

    def make(self, *, keep: bool) -> NewTenant:
        """A tenant with a schema of its own and an owner's token. keep: it outlives the test that is running."""
        from tenants.grants import tenant_grants
        from tenants.placement import host_tables
        from tenants.provisioning import create_spare_schema

        # Tests with an app of the host's, or with other rights, take no other test's schemas.
        kind = "\n".join(tenant_grants("tenant", host=host_tables()))
        schema = self._recycled(kind)
        if schema is None:
            schema = schema_of(create_spare_schema())
            self._make_ups.setdefault(kind, self._make_up(schema))
        if not keep:
            self._lent.append((schema, kind))
        # A tenant gets the oldest spare schema, and an earlier test may have left some.
        self._superuser.execute(
            "DELETE FROM public.spare_schema WHERE 't_' || replace(tenant_id::text, '-', '') <> %s", [schema]
        )
        return self._named()

    def take_back(self) -> None:
        """The test has ended: its tenants' schemas may serve the next one."""
        for schema, kind in self._lent:
            self._free.setdefault(kind, []).append(schema)
        self._lent.clear()

    def _named(self) -> NewTenant:
        from tenants.directory import tenant_by_id
        from tenants.services import upsert_tenants
        from tenants.specs import TenantSpec

        slug = f"tenant-{os.getpid()}-{next(self._numbers)}"
        with acting_for_platform("make a tenant for a test"):
            (made,) = upsert_tenants([TenantSpec(external_id=slug, slug=slug, name=slug.title(), plan="standard")])
        assert made.token is not None
        return NewTenant(tenant_by_id(made.tenant_id).ref, made.token)

    def _recycled(self, kind: str) -> str | None:
        """A used schema, emptied and renamed; None where none is left as it was made."""
        from tenants.seeds import seed_statements

        free = self._free.get(kind, [])
        while free:
            used, tenant_id = free.pop(), new_id()
            renamed = schema_of(tenant_id)
            try:
                with self._superuser.transaction():
                    self._superuser.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                    if self._make_up(used) != self._make_ups[kind]:
                        continue
                    self._superuser.execute("SELECT pg_temp.recycle(%s, %s)", [used, renamed])
                    self._seed(renamed, tenant_id, seed_statements())
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                continue
            return renamed
        return None

    def _seed(self, schema: str, tenant_id: uuid.UUID, statements: list[str]) -> None:
        self._superuser.execute(sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(schema)))
        for statement in statements:
            self._superuser.execute(statement.encode())
        self._superuser.execute("INSERT INTO public.spare_schema (tenant_id, ready_at) VALUES (%s, now())", [tenant_id])

    def _make_up(self, schema: str) -> object:
        exists = self._superuser.execute("SELECT to_regnamespace(%s)", [schema]).fetchone()
        if exists == (None,):
            return None
        row = self._superuser.execute(MAKE_UP, {"schema": schema}).fetchone()
        assert row is not None
        return row[0]
