"""The grants as they stand in the database, against what is written down: nothing unlisted, nothing left over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import errors

from automate.kernel.roles import PLATFORM_ROLE, TENANT_GROUP_ROLE
from tenants.grants import SHARED_TABLES, TENANT_TABLES
from tests.support.host_app import shop_installed

Role = Callable[[str], psycopg.Connection[Any]]
OUT_OF_REACH = {
    "spare_schema",
    "spare_demand",
    "tenant_domain",
    "retention_sweep",
    "django_migrations",
    "django_content_type",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "person_groups",
    "person_user_permissions",
    "browser_session",
    "account_emailaddress",
    "account_emailconfirmation",
    "mfa_authenticator",
}


def test_every_public_table_is_guarded_or_out_of_reach(database, as_owner):
    """Fails for a table that somebody adds and forgets to place."""
    existing = as_owner.execute(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
        " has_table_privilege(%(role)s, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
        " OR has_any_column_privilege(%(role)s, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')"
        " FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = 'public'::regnamespace",
        {"role": TENANT_GROUP_ROLE},
    ).fetchall()
    reached = {table for table, _, reachable in existing if reachable}
    assert reached == set(SHARED_TABLES)
    assert reached <= {table for table, forced, _ in existing if forced}
    named = {*SHARED_TABLES, *OUT_OF_REACH}
    assert {table for table, _, _ in existing} == named


def rights_of(as_owner: psycopg.Connection[Any], schema: str, role: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, right in as_owner.execute(
        "SELECT c.relname, p.name FROM pg_class c"
        " CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (name)"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = %s::regnamespace"
        " AND has_table_privilege(%s, c.oid, p.name)",
        [schema, role],
    ):
        found.setdefault(table, set()).add(right)
    return found


def whole_tables(grants):
    """Without the rights on some columns, which are asked for by name."""
    plain = {table: re.sub(r"(^|, )\w+ \([^)]*\)", "", rights) for table, rights in grants.items()}
    return {table: set(rights.split(", ")) for table, rights in plain.items() if rights}


def test_tenants_rights_are_exactly_those_written_down(two, as_owner):
    schema = two[0].ref.schema
    assert rights_of(as_owner, schema, schema) == whole_tables(TENANT_TABLES)
    assert rights_of(as_owner, "public", schema) == whole_tables(SHARED_TABLES)
    assert rights_of(as_owner, schema, PLATFORM_ROLE) == {}
    assert rights_of(as_owner, schema, two[1].ref.schema) == {}


@pytest.fixture
def shopkeeper(tenant_factory):
    """A tenant made where the host has an app of its own."""
    with shop_installed():
        yield tenant_factory()


def test_tenants_rights_on_the_tables_of_the_hosts_own_app_are_whole(shopkeeper, as_owner):
    schema = shopkeeper.ref.schema
    rights = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    tables = ("shop_order", "shop_order_tags", "shop_tag")
    assert rights_of(as_owner, schema, schema) == {**whole_tables(TENANT_TABLES), **dict.fromkeys(tables, rights)}
    assert rights_of(as_owner, schema, PLATFORM_ROLE) == {}


def test_table_of_ours_that_is_not_named_is_reachable_by_nobody(monkeypatch, request, as_owner):
    monkeypatch.delitem(TENANT_TABLES, "run_slot")
    schema = request.getfixturevalue("shopkeeper").ref.schema
    assert set(rights_of(as_owner, schema, schema)) >= {*TENANT_TABLES, "shop_order"}
    assert "run_slot" not in rights_of(as_owner, schema, schema)


def test_tenant_may_change_two_columns_of_its_lane(two, as_owner):
    """Whether its own people let its work wait, and whether it has hosts that are ill; not whether it is suspended, nor its weight."""
    columns = as_owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'public.outbox_lane'::regclass AND attnum > 0"
        " AND has_column_privilege(%s, attrelid, attnum, 'UPDATE')",
        [two[0].ref.schema],
    ).fetchall()
    assert columns == [("held",), ("broken",)]


def test_what_a_rule_said_can_be_closed_and_not_rewritten(two, as_owner):
    columns = as_owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND has_column_privilege(%s, attrelid, attnum, 'UPDATE')",
        [f"{two[0].ref.schema}.rule_history", two[0].ref.schema],
    ).fetchall()
    assert columns == [("to_version",)]


def test_every_table_of_a_tenant_is_named_in_the_grants(two, as_owner):
    existing = as_owner.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = %s::regnamespace",
        [two[0].ref.schema],
    ).fetchall()
    assert {table for (table,) in existing} == {*TENANT_TABLES, "django_migrations"}


def test_every_sequence_of_a_tenant_is_usable_by_it_alone(two, as_owner):
    sequences = as_owner.execute(
        "SELECT has_sequence_privilege(%(mine)s, oid, 'USAGE'), has_sequence_privilege(%(mine)s, oid, 'UPDATE'),"
        " has_schema_privilege(%(theirs)s, relnamespace, 'USAGE') FROM pg_class"
        " WHERE relkind = 'S' AND relnamespace = %(mine)s::regnamespace",
        {"mine": two[0].ref.schema, "theirs": two[1].ref.schema},
    ).fetchall()
    assert sequences
    assert set(sequences) <= {(True, False, False)}


def test_no_function_runs_with_its_owners_rights(two, as_owner):
    """SECURITY DEFINER would be a door through every wall here; so would a function that a tenant may replace."""
    functions = as_owner.execute(
        "SELECT proname, prosecdef FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, %s::regnamespace)",
        [two[0].ref.schema],
    ).fetchall()
    known = {
        "automate_budget_ends",
        "automate_refuse_change",
        "automate_window_end",
        "automate_tenant_id",
        "automate_operator_proven",
        "automate_tenant_proven",
        "automate_tenant_may",
        "automate_tenant_manager",
        "automate_signed_in_user",
        "automate_invited_email",
        "automate_keep_an_owner",
        "automate_password_ends_sign_ins",
        "automate_staff_proven",
        "refuse_to_forget",
        "refuse_to_forget_delivery",
        "refuse_to_forget_match",
        "refuse_to_forget_rule",
        "keep_rule_history",
    }
    assert set(functions) == {(name, False) for name in known}


def test_platform_cannot_rewrite_its_own_audit(database, as_role):
    session = as_role(PLATFORM_ROLE)
    for statement in ("UPDATE {} SET action = ''", "DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(statement.format("platform_audit_entry"))
