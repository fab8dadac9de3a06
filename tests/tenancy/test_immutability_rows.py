"""Records are written once: refused for the application by grants, for everybody by triggers, but for erasure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from automate.audit import services as audit
from automate.kernel.roles import PLATFORM_ROLE
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from tests.support import rows
from tests.support.isolation import marker_of, quiet_flow

TENANT_RECORDS = (
    "event",
    "event_payload",
    "event_log",
    "delivery",
    "workflow_version",
    "audit_entry",
    "decision",
    "rule_match",
    "approval_decision",
    "approval_log",
    "run_log",
    "secret_resolution",
    "webhook_delivery",
)
RECORDS = (*TENANT_RECORDS, "platform_audit_entry", "usage_hour")
FORGET = {"approval_decision", "delivery", "rule_match"}
"""Their rows are refused one by one, for those whose time is over may go: see test_approval_ends.py, test_deliveries.py
and test_match_retention.py."""
RETENTION = "SET LOCAL automate.retention = 'on'"


@pytest.fixture(scope="module")
def recorded(database: Any, eight: list[Any]) -> Any:
    """A tenant with at least one row in each table of records."""
    tenant = eight[0]
    with acting_for(tenant.ref):
        flow = quiet_flow()
        event = rows.event(kind=marker_of(tenant))
        run = rows.run(flow, event)
        with in_transaction():
            rows.transition(flow, run, "queued", "running")
            audit.record("test", "event", event, "", {})
        execute(
            "INSERT INTO delivery (id, source_id, idempotency_key, event_id, outcome, type, headers, sealed_headers,"
            " payload_bytes, payload_sha256, trace_id, received_at, expires_at) SELECT gen_random_uuid(), source_id, '', id,"
            " 'DUPLICATE', '', '{}', '', 0, '', '', now(), now() + interval '1 day' FROM event WHERE id = %s",
            [event],
        )
        execute(
            "INSERT INTO approval_decision (id, approval_id, principal_kind, principal_id, principal_name, role, outcome,"
            " shown_sha256, at) VALUES (gen_random_uuid(), %s, 'member', '', '', '', 'approved', '', now())",
            [run],
        )
        execute(
            "INSERT INTO approval_log (xid, approval_id, run_id, change, state, occurred_at)"
            " VALUES (1, %s, %s, 'requested', 'pending', now())",
            [run, run],
        )
        execute("INSERT INTO event_log (xid, event_id, occurred_at) VALUES (1, %s, now())", [event])
        execute(
            "INSERT INTO secret_resolution (id, name, backend, run_id, step_key, at)"
            " VALUES (gen_random_uuid(), 'KEY', 'environment', %s, 'post', now())",
            [run],
        )
        execute(
            "INSERT INTO webhook_delivery (id, endpoint_id, key, at) VALUES (gen_random_uuid(), %s, %s, now())",
            [run, str(event)],
        )
    with psycopg.connect(database.admin_url) as session:
        session.execute(
            "INSERT INTO public.usage_hour (tenant_id, hour, metric, kind, workflow, connector, amount)"
            " VALUES (%s, '2000-01-01', 'runs', 'normal', '', '', 1)",
            [tenant.ref.id],
        )
    return tenant


@pytest.fixture
def owner(database, recorded) -> Iterator[psycopg.Connection[Any]]:
    """The role that owns the tables. What it does here is rolled back."""
    with psycopg.connect(database.admin_url) as session:
        session.execute("SELECT set_config('search_path', %s, false)", [f"{recorded.ref.schema}, public"])
        session.commit()
        yield session
        session.rollback()


def changes_of(session: psycopg.Connection[Any], table: str) -> list[sql.Composed]:
    """UPDATE of every column to itself, DELETE, TRUNCATE, and their disguises."""
    name = sql.Identifier(table)
    columns = [
        c
        for (c,) in session.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table]
        )
    ]
    column = sql.Identifier(columns[0])
    key = sql.SQL(", ").join(
        sql.Identifier(c)
        for (c,) in session.execute(
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)"
            " WHERE indrelid = %s::regclass AND indisprimary",
            [table],
        )
    )
    no_rows = [] if table in FORGET else [sql.SQL("DELETE FROM {} WHERE false").format(name)]
    return [
        *no_rows,
        sql.SQL("UPDATE {} SET {} = {}").format(name, column, column),
        sql.SQL("UPDATE {} SET {} = {} WHERE false").format(name, column, column),
        sql.SQL("DELETE FROM {}").format(name),
        sql.SQL("TRUNCATE {}").format(name),
        sql.SQL("TRUNCATE {} CASCADE").format(name),
        sql.SQL("WITH gone AS (DELETE FROM {} RETURNING 1) SELECT count(*) FROM gone").format(name),
        sql.SQL("MERGE INTO {} r USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE").format(name),
        sql.SQL(
            "INSERT INTO {t} SELECT * FROM {t} LIMIT 1 ON CONFLICT ({key}) DO UPDATE SET {c} = excluded.{c}"
        ).format(t=name, c=column, key=key),
    ]


@pytest.mark.parametrize("table", RECORDS)
def test_there_is_something_to_change(owner, table):
    assert owner.execute(sql.SQL("SELECT count(*) > 0 FROM {}").format(sql.Identifier(table))).fetchone() == (True,)


@pytest.mark.parametrize("retention", ["", RETENTION])
@pytest.mark.parametrize("table", RECORDS)
def test_application_cannot_change_records(database, recorded, owner, table, retention):
    """Under a tenant's role, the platform's and none; saying that it is retention helps nobody but the owner."""
    statements = changes_of(owner, table)
    with psycopg.connect(database.app_url) as session:
        for role in (recorded.ref.schema, PLATFORM_ROLE, "none"):
            for statement in statements:
                session.execute(
                    "SELECT set_config('role', %s, true), set_config('search_path', %s, true)",
                    [role, f"{recorded.ref.schema}, public"],
                )
                session.execute(retention)
                with pytest.raises((errors.InsufficientPrivilege, errors.UndefinedTable)):
                    session.execute(statement)
                session.rollback()


@pytest.mark.parametrize("table", RECORDS)
def test_owner_who_does_not_say_retention_cannot_change_records(owner, table):
    for statement in changes_of(owner, table):
        with pytest.raises(errors.InsufficientPrivilege, match="rows are immutable"):
            owner.execute(statement)
        owner.rollback()


@pytest.mark.parametrize("table", RECORDS)
def test_owner_may_erase_and_prune_but_never_rewrite(owner, table):
    for statement in changes_of(owner, table):
        owner.execute(RETENTION)
        text = statement.as_string(owner)
        if "UPDATE" in text:
            with pytest.raises(errors.InsufficientPrivilege, match="rows are immutable"):
                owner.execute(statement)
        else:
            owner.execute(statement)
        owner.rollback()


def test_retention_ends_with_its_transaction(owner):
    owner.execute(RETENTION)
    owner.execute("DELETE FROM event_payload")
    owner.rollback()
    with pytest.raises(errors.InsufficientPrivilege, match="rows are immutable"):
        owner.execute("DELETE FROM event_payload")


def test_erasure_removes_the_payload_and_leaves_event_and_hash(owner):
    owner.execute(RETENTION)
    ((event_id, digest),) = owner.execute("SELECT id, payload_sha256 FROM event LIMIT 1").fetchall()
    assert owner.execute("DELETE FROM event_payload WHERE event_id = %s", [event_id]).rowcount == 1
    assert owner.execute("SELECT payload_sha256 FROM event WHERE id = %s", [event_id]).fetchall() == [(digest,)]


def test_records_are_all_tables_that_carry_the_trigger(owner, recorded):
    """A table that becomes a record has to be named here, and with that is tested."""
    guarded = owner.execute(
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgfoid = 'public.automate_refuse_change'::regproc AND t.tgenabled = 'O'"
        " AND c.relnamespace IN ('public'::regnamespace, %s::regnamespace)",
        [recorded.ref.schema],
    ).fetchall()
    assert {table for (table,) in guarded} == set(RECORDS)
