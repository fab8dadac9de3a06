"""A migration brings up all schemas, names the one that is refused, and leaves the current ones alone."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from automate.kernel.errors import NormalizedError
from tenants import provisioning
from tenants.grants import TENANT_TABLES
from tenants.postgresql import base
from tenants.release_queries import SchemaRelease
from tenants.routers import ADMIN
from tenants.upgrades import Upgrades
from tests.support.facts import naming
from tests.support.upgrading import (  # noqa: F401 - a fixture
    fresh,
    later_migration,
    make,
    noted_statements,
    run,
)


@pytest.mark.slow
def test_refused_schema_is_named_and_the_next_call_goes_on(database, later, monkeypatch):
    process = fresh()
    old = [make(process)[0] for _ in range(3)]
    run(old[1], "CREATE VIEW audit_entry_later AS SELECT 1")
    later("RunSQL('CREATE TABLE audit_entry_later (id int)')")
    slugs = ["one", "two", None]
    monkeypatch.setattr(provisioning, "UPGRADES", process)
    monkeypatch.setattr(provisioning, "_migrate_public", lambda: None)
    monkeypatch.setattr(provisioning, "_schemas", lambda: list(zip(old, slugs, strict=True)))
    reports: list[tuple[int, int]] = []
    with pytest.raises(NormalizedError) as refusal:
        provisioning.migrate(lambda done, total: reports.append((done, total)))
    assert refusal.value.message == naming(old[1], "two", 'relation "audit_entry_later" already exists', "2 of 4")
    assert reports == [(1, 4), (2, 4)]
    run(old[1], "DROP VIEW audit_entry_later")
    assert provisioning.migrate() == 4
    assert [run(schema, "SELECT count(*) FROM audit_entry_later") for schema in old] == [[(0,)]] * 3


@pytest.mark.slow
def test_schemas_are_changed_at_once_and_status_shows_which_are_behind(database, later, monkeypatch):
    process = fresh()
    old = [make(process)[0] for _ in range(8)]
    slugs = [*"abcdefg", None]
    monkeypatch.setattr(provisioning, "UPGRADES", process)
    monkeypatch.setattr(provisioning, "_migrate_public", lambda: None)
    monkeypatch.setattr(provisioning, "_schemas", lambda: list(zip(old, slugs, strict=True)))
    provisioning.migrate()
    assert {(one.missing, one.ready) for one in provisioning.status()} == {(0, True)}
    run(old[5], "CREATE VIEW audit_entry_later AS SELECT 1")
    later("RunSQL('CREATE TABLE audit_entry_later (id int)')")
    monkeypatch.setattr(provisioning, "UPGRADES", fresh())
    assert [(one.slug, one.missing, one.ready) for one in provisioning.status()] == [(slug, 1, False) for slug in slugs]

    together, most = Together(), 3
    monkeypatch.setattr(Upgrades, "_replay", together.noted(Upgrades._replay, most))
    with pytest.raises(NormalizedError, match=old[5]):
        provisioning.migrate(sessions=most)
    assert together.most > 1
    behind = [one for one in provisioning.status() if not one.ready]
    assert old[5] in {one.schema for one in behind}
    run(old[5], "DROP VIEW audit_entry_later")
    assert provisioning.migrate(sessions=most) == 9
    assert [run(schema, "SELECT count(*) FROM audit_entry_later") for schema in old] == [[(0,)]] * 8
    assert {(one.missing, one.ready) for one in provisioning.status()} == {(0, True)}


class Together:
    """How many threads were inside at once at most. Each waits briefly for another one."""

    def __init__(self) -> None:
        self.most, self._inside, self._changed = 0, 0, threading.Condition()

    def noted(self, act: Any, most: int) -> Any:
        def noting(*given: Any) -> Any:
            with self._changed:
                self._inside += 1
                self.most = max(self.most, self._inside)
                self._changed.notify_all()
                self._changed.wait_for(lambda: self.most >= most, 0.5)
            try:
                return act(*given)
            finally:
                with self._changed:
                    self._inside -= 1

        return noting


@pytest.mark.slow
def test_schema_that_lacks_nothing_is_left_alone(database, later, monkeypatch):
    """Nothing to do costs a few statements, however many schemas there are; what somebody took away is put back."""
    process = fresh()
    old = [make(process)[0] for _ in range(3)]
    monkeypatch.setattr(provisioning, "_migrate_public", lambda: None)
    monkeypatch.setattr(provisioning, "_schemas", lambda: [(schema, None) for schema in old])
    touched: list[str] = []
    bring_up = Upgrades.bring_up

    def noted(self, schema, **given):
        touched.append(schema)
        return bring_up(self, schema, **given)

    monkeypatch.setattr(Upgrades, "bring_up", noted)

    def migrated() -> list[str]:
        touched.clear()
        assert provisioning.migrate() == 4
        return list(touched)

    assert migrated() == old
    assert migrated() == []
    run(old[1], "COMMENT ON SCHEMA " + old[1] + " IS NULL")
    assert migrated() == [old[1]]
    run(old[2], "DELETE FROM django_migrations WHERE app = 'outbox'")
    assert migrated() == [old[2]]
    monkeypatch.setitem(TENANT_TABLES, "run_slot", "SELECT")
    assert migrated() == old
    later("RunSQL('CREATE TABLE told (times int)')")
    monkeypatch.setattr(provisioning, "UPGRADES", fresh())  # a process has one release
    assert migrated() == old
    assert migrated() == []


@pytest.mark.slow
def test_migrations_are_locked_however_many_schemas_they_touch(database, monkeypatch, as_owner):
    process = fresh()
    old = [make(process)[0] for _ in range(4)]
    monkeypatch.setattr(base, "MAX_SCHEMAS_PER_SESSION", 1)
    monkeypatch.setattr(provisioning, "_schemas", lambda: [(schema, None) for schema in old])
    free: list[object] = []
    provisioning.migrate(
        lambda _done, _total: free.append(
            as_owner.execute("SELECT pg_try_advisory_lock(%s)", [provisioning.MIGRATION_LOCK]).fetchone()
        )
    )
    assert free == [(False,)] * 5
    # Free again, once the server has noticed that the session is gone.
    as_owner.execute("SET lock_timeout = '20s'")
    as_owner.execute("SELECT pg_advisory_lock(%s)", [provisioning.MIGRATION_LOCK])
    connections[ADMIN].close()


@pytest.mark.slow
def test_migration_without_work_and_status_send_the_same_statements_for_any_number_of_schemas(database, monkeypatch):
    process = fresh()
    made = [make(process)[0] for _ in range(6)]
    monkeypatch.setattr(provisioning, "UPGRADES", process)
    monkeypatch.setattr(provisioning, "_migrate_public", lambda: None)

    def statements(schemas: list[str]) -> list[str]:
        said: list[str] = []
        monkeypatch.setattr(provisioning, "_schemas", lambda: [(schema, None) for schema in schemas])
        with noted_statements(said):
            assert provisioning.migrate() == len(schemas) + 1
            assert {one.ready for one in provisioning.status()} == {True}
        return [statement.split("UNION ALL")[0] for statement in said]

    assert len(statements(made)) > 0  # brings them up
    few, many = statements(made[:2]), statements(made)
    assert 0 < len(few) == len(many)


@pytest.mark.slow
@pytest.mark.parametrize("after", ["missing_in", "reached_by"])
def test_status_beside_a_migration_never_shows_a_schema_that_lacks_rights_alone(database, later, monkeypatch, after):
    """The migration brings the schema up between the two statements of the status, or behind them."""
    process = fresh()
    schema, _ = make(process)
    monkeypatch.setattr(provisioning, "_migrate_public", lambda: None)
    monkeypatch.setattr(provisioning, "_schemas", lambda: [(schema, "one")])
    later("RunSQL('CREATE TABLE told (times int)')")
    monkeypatch.setattr(provisioning, "UPGRADES", fresh())
    release, read = SchemaRelease(), getattr(SchemaRelease, after)

    def read_then_migrate(*given: Any) -> Any:
        found = read(*given)
        provisioning.UPGRADES.bring_up(schema, after=release.after(schema))
        return found

    monkeypatch.setattr(SchemaRelease, after, read_then_migrate)
    assert [(one.missing, one.ready) for one in provisioning.status()] in ([(1, True)], [(1, False)])
