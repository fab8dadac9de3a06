"""Whatever became of the last transaction, the next statement runs under the right role and search_path."""

# ruff: noqa: PT012 - what raises is the end of the transaction

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from automate.events.models import Event, Source
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import NoScopeError, ScopeConflictError, acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from tenants.postgresql import base
from tests.support.isolation import (
    marker_of,
    markers,
    scope_changes,
    sent_statements,
    session_settings,
    settings_of,
)


class ExpectedError(Exception):
    pass


def fail_in_sql() -> None:
    with pytest.raises(DatabaseError):
        fetch("SELECT 1 / 0")


def raise_in_transaction(_session: Any) -> None:
    with pytest.raises(ExpectedError), transaction.atomic():
        markers()
        raise ExpectedError


def set_rollback(_session: Any) -> None:
    with transaction.atomic():
        markers()
        transaction.set_rollback(True)


def swallow_an_error_and_commit(_session: Any) -> None:
    """The server answers such a COMMIT with ROLLBACK, and the driver reports no error."""
    with transaction.atomic():
        markers()
        fail_in_sql()


def fail_at_commit(_session: Any) -> None:
    """A deferred constraint speaks up at COMMIT."""
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("SET CONSTRAINTS ALL DEFERRED")
        markers()
        raise IntegrityError


def roll_back_to_savepoint_and_raise(_session: Any) -> None:
    with pytest.raises(ExpectedError), transaction.atomic():
        with pytest.raises(ExpectedError), transaction.atomic():
            markers()
            raise ExpectedError
        raise ExpectedError


def fail_inside_savepoint(_session: Any) -> None:
    with pytest.raises(ExpectedError), transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic():
            fetch("SELECT 1 / 0")
        markers()
        raise ExpectedError


def release_unknown_savepoint(_session: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        markers()
        transaction.savepoint_commit("no_such_savepoint")


def close_in_transaction(_session: Any) -> None:
    with pytest.raises(ExpectedError), transaction.atomic():
        markers()
        connection.close()
        raise ExpectedError


def lose_the_server_in_transaction(session: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        markers()
        session.pgconn.finish()
        markers()


def raw_rollback(_session: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1")
        cursor.execute("ROLLBACK")


def raw_savepoint(_session: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SAVEPOINT one")
        cursor.execute("SELECT 1")
        cursor.execute("ROLLBACK TO SAVEPOINT one")
        assert markers()
        cursor.execute("ROLLBACK")


def drivers_rollback(session: Any) -> None:
    connection.set_autocommit(False)
    markers()
    session.rollback()
    connection.set_autocommit(True)


def drivers_transaction(session: Any) -> None:
    with pytest.raises(ExpectedError), session.transaction():
        markers()
        raise ExpectedError


def drivers_nested_transaction(session: Any) -> None:
    with pytest.raises(ExpectedError), session.transaction():
        with pytest.raises(ExpectedError), session.transaction():
            markers()
            raise ExpectedError
        markers()
        raise ExpectedError


ENDINGS: list[Callable[[Any], None]] = [
    raise_in_transaction,
    set_rollback,
    swallow_an_error_and_commit,
    fail_at_commit,
    roll_back_to_savepoint_and_raise,
    fail_inside_savepoint,
    release_unknown_savepoint,
    close_in_transaction,
    lose_the_server_in_transaction,
    raw_rollback,
    raw_savepoint,
    drivers_rollback,
    drivers_transaction,
    drivers_nested_transaction,
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_next_statement_is_under_its_own_settings(eight, ending):
    """The session was another tenant's before, so that a setting which was rolled back falls back to that tenant's."""
    before, during = eight[:2]
    for after in (during, before, eight[2]):
        with acting_for(before.ref):
            assert markers() == {marker_of(before)}
        with acting_for(during.ref):
            ending(connection.connection)
        with acting_for(after.ref):
            assert markers() == {marker_of(after)}
            assert session_settings() == settings_of(after)


def test_savepoint_rolled_back_keeps_the_scope_inside_the_transaction(eight):
    with acting_for(eight[0].ref):
        markers()
    with acting_for(eight[1].ref), transaction.atomic():
        for _ in range(3):
            with pytest.raises(ExpectedError), transaction.atomic():
                markers()
                raise ExpectedError
            assert markers() == {marker_of(eight[1])}
            assert session_settings() == settings_of(eight[1])


def test_commit_under_another_scope_changes_nothing(eight):
    """Commit and rollback are no statements of the scope that happens to be current."""
    with acting_for(eight[0].ref):
        transaction.set_autocommit(False)
        markers()
    with acting_for(eight[1].ref):
        with pytest.raises(ScopeConflictError):
            markers()
        transaction.commit()
        assert markers() == {marker_of(eight[1])}
        transaction.rollback()
        transaction.set_autocommit(True)
        assert markers() == {marker_of(eight[1])}


@pytest.mark.parametrize("open_one", [transaction.atomic, in_transaction])
def test_second_tenant_inside_open_transaction_raises(eight, open_one):
    with open_one():
        with acting_for(eight[0].ref):
            markers()
        for conflicting in (acting_for(eight[1].ref), acting_for_platform("a second scope")):
            with conflicting, pytest.raises(ScopeConflictError):
                fetch("SELECT 1")
        with acting_for(eight[0].ref):
            assert markers() == {marker_of(eight[0])}


def on_the_server() -> None:
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT 1")


def test_second_tenant_is_refused_on_every_road_of_an_open_transaction(eight):
    with transaction.atomic():
        with acting_for(eight[0].ref):
            markers()
            cursor = connection.cursor()
        with acting_for(eight[1].ref), cursor:
            for road in (
                lambda: cursor.execute("SELECT 1"),
                lambda: cursor.executemany("SELECT %s", [[1]]),
                lambda: list(cursor.stream("SELECT 1")),
                lambda: cursor.copy("COPY (SELECT 1) TO STDOUT").__enter__(),
                Event.objects.count,
                lambda: Source.objects.update(enabled=False),
                on_the_server,
                lambda: connection.connection.execute("SELECT 1"),
                transaction.savepoint,
            ):
                with pytest.raises(ScopeConflictError):
                    road()
                transaction.set_rollback(False)


def test_savepoint_does_not_free_the_transaction_for_another_tenant(eight):
    with transaction.atomic():
        with acting_for(eight[0].ref), pytest.raises(ExpectedError), transaction.atomic():
            markers()
            raise ExpectedError
        with acting_for(eight[1].ref), pytest.raises(ScopeConflictError):
            markers()


def test_failed_transaction_refuses_statements_until_its_end(eight):
    with acting_for(eight[0].ref), pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic(savepoint=False):
            fetch("SELECT 1 / 0")
        markers()


def test_two_reasons_of_the_platform_share_a_transaction(eight):
    """A verb of the platform may look a tenant up: both are the same role, whatever they are for."""
    with acting_for_platform("a verb"), transaction.atomic():
        count = fetch("SELECT count(*) FROM tenant")
        with acting_for_platform("a look-up"):
            assert fetch("SELECT count(*) FROM tenant") == count


def test_leaving_the_outer_scope_mid_transaction_closes_the_road(eight):
    with transaction.atomic():
        with acting_for(eight[0].ref):
            markers()
        with pytest.raises(NoScopeError):
            markers()


# How many statements a scope costs.


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
                raise_in_transaction(None)
        assert scope_changes(sent) == 0
    with acting_for(eight[1].ref):
        with sent_statements() as sent:
            raise_in_transaction(None)
            raise_in_transaction(None)
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
    assert sorted(offenders) == ["tenants/postgresql/scope.py", "tenants/postgresql/base.py"][::-1]
    assert issubclass(base.ScopedBindingCursor, psycopg.Cursor)
