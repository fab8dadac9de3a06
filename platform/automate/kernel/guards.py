"""SQL for migrations: append-only tables and row-level security."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.migrations import RunSQL

from automate.kernel.roles import PLATFORM_ROLE, TENANT_GROUP_ROLE

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
"""Retention and erasure delete rows as the owner, after ``SET LOCAL automate.retention = 'on'``."""

TENANT_ID = """
CREATE FUNCTION public.automate_tenant_id() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT substr(current_user::text, 3)::uuid
$$;
"""
"""The tenant of the current database role: roles are named ``t_`` and the id's hex."""


OPERATOR_PROVEN = f"""
CREATE OR REPLACE FUNCTION public.automate_operator_proven() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role(session_user, '{PLATFORM_ROLE}', 'MEMBER')
        OR pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = 'public.api_token'::regclass), 'MEMBER')
        OR EXISTS (
            SELECT FROM public.api_token
            WHERE tenant_id IS NULL AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
              AND proof = encode(sha256(convert_to(current_setting('automate.proof', true), 'UTF8')), 'hex'))
$$;
"""
"""Whether the session may write as the operator. It needs the login that owns the tables, the login of an older
installation, or the proof of a valid platform token. The tables hold the proof's hash, so reading them yields no
proof."""


TENANT_PROVEN = f"""
CREATE OR REPLACE FUNCTION public.automate_tenant_proven() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role(session_user, '{PLATFORM_ROLE}', 'MEMBER')
        OR EXISTS (
            SELECT FROM public.api_token
            WHERE tenant_id = public.automate_tenant_id() AND role IN ('owner', 'admin')
              AND (scopes IS NULL OR scopes ? 'manage_tokens')
              AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
              AND proof = encode(sha256(convert_to(current_setting('automate.proof', true), 'UTF8')), 'hex'))
$$;
"""
"""Whether the session may write tokens of the role's tenant. It needs the proof of one of its tokens with this
permission, or the login of an older installation."""


def append_only(table: str) -> RunSQL:
    return RunSQL(
        f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION public.automate_refuse_change()",
        f"DROP TRIGGER {table}_immutable ON {table}",
    )


def own_rows_only(table: str, column: str = "tenant_id") -> RunSQL:
    # A tenant's role sees only its own rows. The platform's role and the owner see all rows.
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


TENANT_OF_ROW = "tenant_id = public.automate_tenant_id()"
"""A policy's condition for the rows of a tenant's role."""

OWNER = "CURRENT_USER"
"""In a policy: the role that runs the migration."""


@dataclass(frozen=True)
class Policy:
    """One policy of row-level security."""

    table: str
    role: str
    command: str
    """SELECT, INSERT, UPDATE, DELETE or ALL."""
    using: str = "true"
    """SQL: the stored rows that the role reaches; empty if the command has none."""
    check: str = ""
    """SQL: the rows that the role may write; empty if the command has none."""

    @property
    def name(self) -> str:
        role = "owner" if self.role == OWNER else self.role.removeprefix("automate_")
        return f"{self.table}_{role}_{self.command.lower()}"

    def create(self) -> str:
        """Return the SQL that creates or replaces the policy."""
        using = f" USING ({self.using})" if self.using else ""
        check = f" WITH CHECK ({self.check})" if self.check else ""
        return (
            f"DROP POLICY IF EXISTS {self.name} ON {self.table};"
            f" CREATE POLICY {self.name} ON {self.table} FOR {self.command} TO {self.role}{using}{check}"
        )

    def drop(self) -> str:
        return f"DROP POLICY IF EXISTS {self.name} ON {self.table}"


def with_policy(policy: Policy) -> RunSQL:
    # Row-level security must already be enabled on the table.
    return RunSQL(policy.create(), policy.drop())


def platform_rows_only(table: str, policies: Sequence[Policy]) -> RunSQL:
    # The owner and PLATFORM_ROLE see all rows. Other roles see the rows that `policies` allow.
    every = [
        Policy(table, PLATFORM_ROLE, "ALL", check="true"),
        Policy(table, OWNER, "ALL", check="true"),
        *policies,
    ]
    return RunSQL(
        ";".join(
            [
                *(policy.create() for policy in every),
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            ]
        ),
        ";".join(
            [
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                *(policy.drop() for policy in every),
            ]
        ),
    )


def hot_queue(table: str) -> RunSQL:
    # Half of each page stays free for heap-only updates, and vacuum runs often.
    return RunSQL(
        f"ALTER TABLE {table} SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01,"
        " autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)",
        f"ALTER TABLE {table} RESET (fillfactor, autovacuum_vacuum_scale_factor,"
        " autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay)",
    )


def vacuumed_often(*tables: str) -> RunSQL:
    # So that deleted rows use at most a tenth of additional space.
    names = ("autovacuum_vacuum_scale_factor", "autovacuum_vacuum_threshold", "autovacuum_vacuum_cost_delay")
    setting = ", ".join(f"{name} = {value}" for name, value in zip(names, ("0.05", "2000", "1"), strict=True))
    return RunSQL(
        ";".join(f"ALTER TABLE {table} SET ({setting})" for table in tables),
        ";".join(f"ALTER TABLE {table} RESET ({', '.join(names)})" for table in tables),
    )


def feed_log(table: str, columns: str) -> RunSQL:
    # For `kernel.feed_log_queries`. `columns` is SQL of the columns besides epoch, xid, id and occurred_at.
    return RunSQL(
        f"""
        CREATE TABLE {table} (
            id bigint GENERATED BY DEFAULT AS IDENTITY, xid bigint NOT NULL, epoch integer NOT NULL DEFAULT 1,
            {columns}, occurred_at timestamptz NOT NULL,
            CONSTRAINT {table}_cursor PRIMARY KEY (epoch, xid, id)
        ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)
        """,
        f"DROP TABLE {table}",
    )
