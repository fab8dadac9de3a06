"""A session that keeps a table locked delays a migration, and not the sessions of the application behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connections

from automate.kernel.errors import NormalizedError
from tenants import provisioning, upgrades
from tenants.routers import ADMIN
from tests.support.facts import naming
from tests.support.upgrading import fresh, later_migration, make, run  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow

LATER = "RunSQL('ALTER TABLE audit_entry ADD COLUMN later int')"
COLUMN = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'audit_entry'::regclass AND attname = 'later'"
WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
SECONDS = 60


class Pauses:
    """The pauses of migrations: each lasts until ``go_on`` is set."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()

    def sleep(self, _seconds: float) -> None:
        self.begun.release()
        self.go_on.wait(SECONDS)


@pytest.fixture
def old(database, later, monkeypatch) -> list[str]:
    """Two schemas that lack a migration."""
    process = fresh()
    made = [make(process)[0] for _ in range(2)]
    monkeypatch.setattr(provisioning, "UPGRADES", process)
    monkeypatch.setattr(provisioning, "_migrate_public", lambda: None)
    monkeypatch.setattr(provisioning, "_schemas", lambda: list(zip(made, "ab", strict=True)))
    later(LATER)
    return made


@pytest.fixture
def pauses(monkeypatch) -> Pauses:
    made = Pauses()
    monkeypatch.setattr(provisioning, "time", SimpleNamespace(sleep=made.sleep))
    return made


@pytest.fixture
def dump(database) -> Iterator[psycopg.Connection]:
    """A session that only reads, and whose transaction stays open, such as one of ``pg_dump``."""
    with psycopg.connect(database.superuser_url, dbname="automate") as session:
        yield session


def migrating() -> tuple[threading.Thread, list[object]]:
    ended: list[object] = []

    def migrate() -> None:
        try:
            ended.append(provisioning.migrate())
        except NormalizedError as error:
            ended.append(error.message)
        finally:
            connections[ADMIN].close()

    thread = threading.Thread(target=migrate)
    thread.start()
    return thread, ended


@pytest.mark.parametrize("place", [0, 1], ids=["by the executor", "by replay"])
def test_sessions_behind_a_migration_wait_for_a_second_at_most(database, old, pauses, dump, place):
    reads = f"SELECT count(*) FROM {old[place]}.audit_entry"
    dump.execute(reads)
    thread, ended = migrating()
    try:
        assert pauses.begun.acquire(timeout=SECONDS), "the migration gave the table up"
        with psycopg.connect(database.superuser_url, dbname="automate", autocommit=True) as reader:
            reader.execute("SET lock_timeout = '1s'")
            assert reader.execute(reads).fetchone() == (0,)
    finally:
        dump.rollback()
        pauses.go_on.set()
        thread.join(SECONDS)
    assert ended == [3]
    assert [run(schema, COLUMN) for schema in old] == [[(1,)]] * 2


def test_lock_that_stays_ends_the_migration_and_the_next_one_continues(old, monkeypatch, pauses, dump):
    monkeypatch.setattr(provisioning, "LOCK_TRIES", 2)
    pauses.go_on.set()
    dump.execute(f"SELECT count(*) FROM {old[1]}.audit_entry")
    with pytest.raises(NormalizedError) as refusal:
        provisioning.migrate()
    assert refusal.value.message == naming(old[1], "b", "lock timeout", "pg_dump", "2 of 3")
    assert pauses.begun.acquire(blocking=False)
    assert not pauses.begun.acquire(blocking=False), "two attempts"
    dump.rollback()
    assert provisioning.migrate() == 3
    assert [run(schema, COLUMN) for schema in old] == [[(1,)]] * 2


def test_migration_that_does_not_bound_its_locks_never_gives_up(old, monkeypatch, pauses, dump, as_owner):
    """Shows that the first test can fail: the migration waits, and everything waits behind it."""
    monkeypatch.setattr(upgrades, "BOUND_LOCKS", "SET LOCAL lock_timeout = 0")
    reads = f"SELECT count(*) FROM {old[1]}.audit_entry"
    dump.execute(reads)
    thread, ended = migrating()
    try:
        deadline = time.monotonic() + SECONDS
        while not as_owner.execute(WAITS).fetchone():
            assert time.monotonic() < deadline, "the migration does not wait"
        assert not pauses.begun.acquire(timeout=2 * upgrades.LOCK_SECONDS)
        as_owner.execute("SET lock_timeout = '1s'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            as_owner.execute(reads)
    finally:
        dump.rollback()
        pauses.go_on.set()
        thread.join(SECONDS)
    assert ended == [3]
