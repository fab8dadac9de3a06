"""Indexes are built without holding up writers, by the executor and by replay."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from django.db import connections

from tenants import provisioning
from tenants.routers import ADMIN
from tenants.upgrades import NEW
from tests.support.catalog import differences
from tests.support.upgrading import as_applied, fresh, later_migration, make, noted_statements, run  # noqa: F401 - a fixture

INDEX = "AddIndexWithoutLock('auditentry', models.Index(fields=['action'], name='audit_by_action'))"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('audit_by_action')"


@pytest.mark.slow
def test_index_is_built_outside_a_transaction_by_executor_and_replay(database, as_owner, later):
    process = fresh()
    old = [make(process)[0] for _ in range(2)]
    run(old[1], "CREATE INDEX audit_by_action ON audit_entry (id)")
    later(INDEX, atomic=False)
    said: list[str] = []
    with noted_statements(said):
        assert [process.bring_up(schema) for schema in old] == [False, True]
    built = [statement for statement in said if "audit_by_action" in statement]
    assert [statement.split(" INDEX ")[1].startswith("CONCURRENTLY") for statement in built] == [True] * len(built)
    assert differences(as_owner, old[0], old[1]) == {}
    assert [run(schema, VALID) for schema in old] == [[(True,)]] * 2
    process = fresh()
    executed, first = make(process)
    replayed, second = make(process)
    assert (first, second) == (False, True)
    assert differences(as_owner, executed, replayed) == {}
    assert "CONCURRENTLY" not in "\n".join(process._kept[NEW] or ())


@pytest.mark.slow
def test_index_that_is_built_holds_up_no_writer(database, later):
    """A writer that has not committed holds up the build. A plain CREATE INDEX would hold up all writers behind it."""
    process = fresh()
    schema, _ = make(process)
    later(INDEX, atomic=False)
    writes = f"LOCK TABLE {schema}.audit_entry IN ROW EXCLUSIVE MODE"
    building = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%%' AND wait_event_type = 'Lock'"

    def build() -> None:
        process.bring_up(schema)
        connections[ADMIN].close()

    thread = threading.Thread(target=build)
    with psycopg.connect(database.superuser_url, dbname="automate") as first:
        first.execute(writes)
        thread.start()
        with psycopg.connect(database.superuser_url, dbname="automate", autocommit=True) as second:
            deadline = time.monotonic() + 20
            while not second.execute(building).fetchone():
                assert time.monotonic() < deadline
            second.execute("SET lock_timeout = '2s'")
            with second.transaction():
                second.execute(writes)
    thread.join(20)
    assert run(schema, VALID) == [(True,)]


@pytest.mark.slow
def test_replay_that_stops_at_an_index_keeps_what_is_before_it(database, as_owner, later):
    process = fresh()
    old = [make(process)[0] for _ in range(2)]
    later(INDEX, atomic=False)
    assert not process.bring_up(old[0])
    whole = process._kept[frozenset(as_applied(process, old[1]))]
    assert whole is not None
    process._kept[frozenset(as_applied(process, old[1]))] = (*whole[:-1], "CREATE INDEX CONCURRENTLY none ON none (id)")
    assert not process.bring_up(old[1]), "the executor continues"
    assert differences(as_owner, old[0], old[1]) == {}


@pytest.mark.slow
def test_second_migration_that_waits_holds_up_no_index(database, later):
    process = fresh()
    schema, _ = make(process)
    later(INDEX, atomic=False)
    waits, done = threading.Event(), threading.Event()

    def second() -> None:
        waits.set()
        with provisioning._migration_lock():
            done.set()
        connections[ADMIN].close()

    thread = threading.Thread(target=second)
    with provisioning._migration_lock():
        thread.start()
        waits.wait(10)
        process.bring_up(schema)
        assert not done.is_set()
    thread.join(20)
    assert done.is_set()
    assert run(schema, VALID) == [(True,)]
