"""The database's own second line, with the roles that production has: what SQL can do under each of them.

They guard against our bugs, not against injected SQL: see the last test.
"""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from automate.kernel.roles import PLATFORM_ROLE, TENANT_GROUP_ROLE
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tenants.grants import SHARED_TABLES, TENANT_TABLES
from tests.support.isolation import marker_of

GUARDED = (
    "tenant",
    "membership",
    "invitation",
    "outbox_job",
    "outbox_lane",
    "budget",
    "budget_slot",
    "platform_audit_entry",
    "api_token",
)
UNREACHABLE = (
    "spare_schema",
    "spare_demand",
    "retention_sweep",
    "tenant_domain",
    "django_migrations",
)


def ids(session: psycopg.Connection[Any], table: str) -> list[Any]:
    column = "id" if table == "tenant" else "tenant_id"
    return [row[0] for row in session.execute(f"SELECT {column} FROM {table}")]


@pytest.mark.parametrize("table", GUARDED)
def test_tenant_sees_its_own_shared_rows_alone(two, as_role, table):
    mine, _theirs = two
    assert set(ids(as_role(PLATFORM_ROLE), table)) >= {tenant.ref.id for tenant in two}
    seen = ids(as_role(mine.ref.schema), table)
    assert seen
    assert set(seen) == {mine.ref.id}


@pytest.mark.parametrize("table", UNREACHABLE)
def test_tenant_reaches_no_table_of_the_platform(two, as_role, table):
    session = as_role(two[0].ref.schema)
    for statement in ("SELECT 1 FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES"):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(statement.format(table))


@pytest.mark.parametrize("table", sorted(TENANT_TABLES))
def test_other_tenants_schema_is_closed_by_its_full_name(two, as_role, table):
    mine, theirs = two
    for role in (mine.ref.schema, PLATFORM_ROLE, "none"):
        session = as_role(role)
        for statement in ("SELECT 1 FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES", "TRUNCATE {}"):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement.format(f'"{theirs.ref.schema}"."{table}"'))


def test_search_path_of_another_tenant_shows_nothing(two, as_role):
    mine, theirs = two
    session = as_role(mine.ref.schema)
    session.execute("SELECT set_config('search_path', %s, false)", [theirs.ref.schema])
    with pytest.raises((errors.UndefinedTable, errors.InsufficientPrivilege)):
        session.execute("SELECT 1 FROM event")


def test_other_tenants_sequences_are_closed(two, as_role):
    session = as_role(two[0].ref.schema)
    names = session.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = %s::regnamespace",
        [two[1].ref.schema],
    ).fetchall()
    assert names
    for (name,) in names:
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute("SELECT nextval(%s)", [f'"{two[1].ref.schema}"."{name}"'])


@pytest.mark.parametrize("table", ["outbox_job", "budget", "budget_slot"])
def test_row_for_another_tenant_is_refused(two, as_role, table):
    """A copy of a row of mine, with the other's id."""
    mine, theirs = two
    session = as_role(mine.ref.schema)
    columns = [
        name
        for (name,) in session.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table],
        )
    ]
    fresh = {
        "tenant_id": sql.Literal(theirs.ref.id),
        "id": sql.SQL("gen_random_uuid()"),
        "holder_id": sql.SQL("gen_random_uuid()"),
    }
    copied = sql.SQL(", ").join(fresh.get(name, sql.Identifier(name)) for name in columns)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    into = sql.Identifier(table)
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        session.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} LIMIT 1").format(into, names, copied, into))


@pytest.mark.parametrize("table", ["outbox_job", "budget"])
def test_row_cannot_be_moved_to_another_tenant(two, as_role, table):
    mine, theirs = two
    session = as_role(mine.ref.schema)
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        session.execute(f"UPDATE {table} SET tenant_id = %s", [theirs.ref.id])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbox_job SET attempts = 9 WHERE tenant_id = %s",
        "UPDATE budget SET used = 9 WHERE tenant_id = %s",
        "DELETE FROM budget_slot WHERE tenant_id = %s",
    ],
)
def test_other_tenants_rows_are_not_there_to_change(two, as_role, statement):
    mine, theirs = two
    assert as_role(mine.ref.schema).execute(statement, [theirs.ref.id]).rowcount == 0
    table = statement.split()[2 if statement.startswith("DELETE") else 1]
    assert theirs.ref.id in ids(as_role(PLATFORM_ROLE), table)


def test_foreign_row_and_unknown_row_look_alike(two, as_role, as_owner):
    mine, theirs = two
    ((job,), *_) = as_owner.execute("SELECT id FROM outbox_job WHERE tenant_id = %s", [theirs.ref.id]).fetchall()
    session = as_role(mine.ref.schema)
    for row_id in (job, uuid.uuid4()):
        assert session.execute("SELECT 1 FROM outbox_job WHERE id = %s FOR UPDATE", [row_id]).fetchall() == []
        assert session.execute("UPDATE outbox_job SET attempts = 9 WHERE id = %s", [row_id]).rowcount == 0


def test_login_without_a_role_reaches_nothing(two, as_role, as_owner):
    session = as_role("none")
    tables = as_owner.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname IN ('public', %s)",
        [two[0].ref.schema],
    ).fetchall()
    assert len(tables) > len(TENANT_TABLES) + len(SHARED_TABLES)
    for schema, table in tables:
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(f'SELECT 1 FROM "{schema}"."{table}"')


CREATIONS = (
    "CREATE TABLE mine (n int)",
    "CREATE TABLE public.mine (n int)",
    "CREATE TEMP TABLE mine (n int)",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "CREATE SEQUENCE mine",
    "CREATE TYPE mine AS (n int)",
    "CREATE EXTENSION dblink",
    "DO LANGUAGE plpgsql 'BEGIN CREATE TABLE mine (n int); END'",
    "ALTER TABLE public.tenant DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE public.outbox_job NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY outbox_job_tenant ON public.outbox_job",
    "DROP TABLE public.outbox_job",
    "TRUNCATE public.outbox_job",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SET session_replication_role = replica",
    "SET ROLE automate_admin",
    "SET SESSION AUTHORIZATION automate_admin",
)


@pytest.mark.parametrize("statement", CREATIONS)
def test_no_role_of_the_application_can_create_or_disarm(two, as_role, statement):
    """A role that may use no schema of its search_path is told that there is none to create in."""
    for role in (two[0].ref.schema, PLATFORM_ROLE, "none"):
        with pytest.raises((errors.InsufficientPrivilege, errors.InvalidSchemaName)):
            as_role(role).execute(statement)


def test_tenant_cannot_alter_or_drop_its_own_tables(two, as_role):
    session = as_role(two[0].ref.schema)
    for statement in (
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "DROP TRIGGER event_immutable ON event",
        "DROP TABLE event",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(statement)


def test_sessions_of_the_application_cannot_be_ended_by_a_tenant(two, as_role):
    victim = as_role("none")
    pid = victim.info.backend_pid
    session = as_role(two[0].ref.schema)
    for function in ("pg_terminate_backend", "pg_cancel_backend"):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(f"SELECT {function}(%s)", [pid])
    shown = session.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert shown == ("<insufficient privilege>",)


@pytest.mark.parametrize("role", ["tenant", PLATFORM_ROLE, TENANT_GROUP_ROLE, "automate_app"])
def test_no_role_of_the_application_is_above_row_level_security(two, as_owner, role):
    name = two[0].ref.schema if role == "tenant" else role
    attributes = as_owner.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s",
        [name],
    ).fetchone()
    assert attributes == (False,) * 5
    owned = as_owner.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [name]).fetchone()
    assert owned == (0,)


def test_tests_run_as_the_separate_roles(two, as_role):
    """With one role for all, everything above would pass and prove nothing."""
    session = as_role("none")
    assert session.execute("SELECT session_user, current_user").fetchone() == ("automate_app", "automate_app")
    with acting_for(two[0].ref):
        assert fetch("SELECT session_user, current_user") == [("automate_app", two[0].ref.schema)]
        assert fetch("SELECT DISTINCT type FROM event") == [(marker_of(two[0]),)]


def test_roles_guard_against_bugs_and_not_against_injected_sql(two, as_role):
    """Written down, so that nobody relies on it: SET ROLE asks what the login may be, not what it now is."""
    mine, theirs = two
    session = as_role(mine.ref.schema)
    session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(theirs.ref.schema)))
    assert session.execute(f"SELECT DISTINCT type FROM {theirs.ref.schema}.event").fetchall() == [(marker_of(theirs),)]
