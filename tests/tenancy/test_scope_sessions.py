"""What a scope costs a session, and sessions that are used again: by the next statement, the next thread, until worn out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction

from automate.kernel.sql import fetch
from automate.kernel.tenancy import NoScopeError, acting_for, acting_for_platform
from tenants.postgresql import base
from tests.support.isolation import (
    marker_of,
    markers,
    scope_changes,
    sent_statements,
)


class ExpectedError(Exception):
    pass


def raise_in_transaction() -> None:
    with pytest.raises(ExpectedError), transaction.atomic():  # noqa: PT012 - what raises is the end of the transaction
        markers()
        raise ExpectedError


def test_scope_costs_one_statement_when_it_changes_and_none_when_it_stays(eight):
    with acting_for(eight[7].ref):
        markers()
    with sent_statements() as sent:
        for tenant in (eight[0], eight[0], eight[1], eight[0]):
            for _ in range(5):
                with acting_for(tenant.ref):
                    markers()
    assert scope_changes(sent) == 3
    assert len(sent) == 3 + 20


def test_transactions_cost_no_more_than_their_one_scope(eight):
    with acting_for(eight[7].ref):
        markers()
    with acting_for(eight[0].ref), sent_statements() as sent:
        for _ in range(5):
            with transaction.atomic():
                markers()
                with transaction.atomic():
                    markers()
    assert scope_changes(sent) == 1
    assert sum("BEGIN" in line for line in sent) == 5


def test_rolled_back_transaction_costs_one_statement_more_only_if_it_had_set(eight):
    with acting_for(eight[0].ref):
        markers()
        with sent_statements() as sent:
            for _ in range(5):
                raise_in_transaction()
        assert scope_changes(sent) == 0
    with acting_for(eight[1].ref):
        with sent_statements() as sent:
            raise_in_transaction()
            raise_in_transaction()
            markers()
            markers()
        assert scope_changes(sent) == 3


def test_reason_of_the_platform_costs_nothing(eight):
    with acting_for_platform("one"):
        fetch("SELECT 1")
    with sent_statements() as sent:
        for reason in ("two", "three"):
            with acting_for_platform(reason):
                fetch("SELECT 1")
    assert scope_changes(sent) == 0


# Sessions that are used again: by a prepared statement, by the next thread, until they are worn out.


def test_prepared_statement_is_planned_for_each_tenant(eight):
    """Postgres plans again when role or search_path moved; the backend's safety rests on it."""
    connection.ensure_connection()
    session = connection.connection
    for tenant in (*eight, *eight):
        with acting_for(tenant.ref), session.cursor() as cursor:
            for _ in range(7):
                cursor.execute("SELECT DISTINCT type FROM event", prepare=True)
                assert cursor.fetchall() == [(marker_of(tenant),)]
                cursor.execute("SELECT DISTINCT slug FROM tenant", prepare=True)
                assert cursor.fetchall() == [(tenant.ref.slug,)]


def test_worn_out_session_is_replaced(eight, monkeypatch):
    monkeypatch.setattr(base, "MAX_SCHEMAS_PER_SESSION", 3)
    connection.close()
    backends = []
    for tenant in eight:
        with acting_for(tenant.ref):
            ((marker, backend),) = fetch("SELECT DISTINCT type, pg_backend_pid() FROM event")
            assert marker == marker_of(tenant)
            backends.append(backend)
    assert [backends.count(pid) for pid in dict.fromkeys(backends)] == [4, 4]


def test_session_is_not_replaced_inside_a_transaction(eight, monkeypatch):
    connection.close()
    for tenant in eight:
        with acting_for(tenant.ref):
            markers()
    monkeypatch.setattr(base, "MAX_SCHEMAS_PER_SESSION", 3)
    with acting_for(eight[0].ref):
        with transaction.atomic():
            assert markers() == {marker_of(eight[0])}
        (first,) = fetch("SELECT pg_backend_pid()")
        with transaction.atomic():
            assert fetch("SELECT pg_backend_pid()") == [first] == fetch("SELECT pg_backend_pid()")


@contextmanager
def pooled(size: int) -> Iterator[Any]:
    """The default alias's twin with Django's pool."""
    from django import VERSION
    from django.db.utils import ConnectionHandler

    if VERSION < (5, 1):
        pytest.skip("Django's pool came with 5.1")
    own = connections.settings["default"]
    pool = {"min_size": 1, "max_size": size, "timeout": 10}
    options = {**own["OPTIONS"], "pool": pool}
    handler = ConnectionHandler(
        {"default": {**own, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}}
    )
    try:
        yield handler["default"]
    finally:
        handler["default"].close()
        handler["default"].close_pool()


def ask(wrapper: Any, statement: str = "SELECT DISTINCT type FROM event") -> Any:
    with wrapper.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_pooled_session_forgets_what_the_pool_rolled_back(eight):
    """Handed back in the middle of a transaction, the pool rolls it back and tells nobody."""
    with pooled(1) as wrapper:
        for tenant, following in ((eight[0], eight[1]), (eight[1], eight[1]), (eight[2], eight[0])):
            with acting_for(eight[7].ref):
                ask(wrapper)
            with acting_for(tenant.ref):
                wrapper.set_autocommit(False)
                ask(wrapper)
                wrapper.close()
            with acting_for(following.ref):
                assert ask(wrapper) == [(marker_of(following),)]
                assert ask(wrapper, "SELECT current_user")[0][0] == following.ref.schema
            with acting_for(tenant.ref):
                assert ask(wrapper) == [(marker_of(tenant),)]
            wrapper.close()


def test_pooled_session_has_no_scope_for_its_next_user(eight):
    with pooled(1) as wrapper:
        with acting_for(eight[0].ref):
            ask(wrapper)
        wrapper.close()
        with pytest.raises(NoScopeError):
            ask(wrapper)
        wrapper.close()
        with acting_for(eight[1].ref):
            assert ask(wrapper) == [(marker_of(eight[1]),)]


def test_worn_out_pooled_session_does_not_come_back(eight, monkeypatch):
    monkeypatch.setattr(base, "MAX_SCHEMAS_PER_SESSION", 3)
    with pooled(1) as wrapper:
        backends = []
        for tenant in eight:
            with acting_for(tenant.ref):
                ((marker, backend),) = ask(wrapper, "SELECT DISTINCT type, pg_backend_pid() FROM event")
                assert marker == marker_of(tenant)
                backends.append(backend)
            wrapper.close()
        assert [backends.count(pid) for pid in dict.fromkeys(backends)] == [4, 4]


TWO_SESSIONS = """
import threading
import django
django.setup()
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for_platform
def ask():
    with acting_for_platform("a test"):
        fetch("SELECT 1")
ask()
other = threading.Thread(target=ask)
other.start()
other.join()
"""


@pytest.mark.slow
def test_process_ends_without_waiting_for_its_pool(database):
    environ = {**os.environ, "AUTOMATE_DATABASE_POOL_SIZE": "4", "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", TWO_SESSIONS], check=False, env=environ, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_raw_driver_is_used_by_the_backend_alone():
    """Cursors of the plain driver apply no scope, so nothing else may make one on the application's sessions."""
    from pathlib import Path

    root = Path(base.__file__).parents[2]
    offenders = [
        path.relative_to(root).as_posix()
        for package in ("platform", "tenants", "graphql_schema", "actors")
        for path in (root / package).rglob("*.py")
        if "connection.connection" in path.read_text() or "psycopg.Cursor(" in path.read_text()
    ]
    assert sorted(offenders) == [
        "platform/automate/kernel/locks.py",
        "tenants/postgresql/base.py",
        "tenants/postgresql/scope.py",
    ]
    assert issubclass(base.ScopedBindingCursor, psycopg.Cursor)
