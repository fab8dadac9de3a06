"""Whatever became of the last transaction, the next statement runs under the right role and search_path."""

# ruff: noqa: PT012 - what raises is the end of the transaction

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from automate.events.models import Event, Source
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import NoScopeError, ScopeConflictError, acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from tests.support.isolation import (
    marker_of,
    markers,
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
                connection.savepoint,
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
