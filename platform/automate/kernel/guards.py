"""The database's own second line: append-only tables and row-level security, as SQL for migrations."""

from __future__ import annotations

from django.db.migrations import RunSQL

from automate.kernel.tenancy import PLATFORM_ROLE, TENANT_GROUP_ROLE

REFUSE_CHANGE = """
CREATE FUNCTION public.automate_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' AND current_setting('automate.retention', true) = 'on'
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on %.% is refused: its rows are immutable', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
"""Retention and erasure delete rows as the owner, who must say so by ``SET LOCAL automate.retention = 'on'``."""

TENANT_ID = """
CREATE FUNCTION public.automate_tenant_id() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT substr(current_user::text, 3)::uuid
$$;
"""
"""The tenant of the current database role: roles are named ``t_`` and the id's hex."""


def append_only(table: str) -> RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on a table, for everybody."""
    return RunSQL(
        f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION public.automate_refuse_change()",
        f"DROP TRIGGER {table}_immutable ON {table}",
    )


def own_rows_only(table: str, column: str = "tenant_id") -> RunSQL:
    """Force row-level security: a tenant's role sees its own rows, the platform's and the owner all."""
    own = f"{column} = public.automate_tenant_id()"
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY {table}_tenant ON {table} TO {TENANT_GROUP_ROLE} USING ({own}) WITH CHECK ({own});
        CREATE POLICY {table}_platform ON {table} TO {PLATFORM_ROLE} USING (true) WITH CHECK (true);
        CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true);
        """,
        f"""
        DROP POLICY {table}_owner ON {table};
        DROP POLICY {table}_platform ON {table};
        DROP POLICY {table}_tenant ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def hot_queue(table: str) -> RunSQL:
    """Room on each page for heap-only updates, and a vacuum that keeps up with a queue."""
    return RunSQL(
        f"ALTER TABLE {table} SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01,"
        " autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)",
        f"ALTER TABLE {table} RESET (fillfactor, autovacuum_vacuum_scale_factor,"
        " autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay)",
    )
