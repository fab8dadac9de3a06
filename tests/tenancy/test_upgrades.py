"""A schema that was brought up by replay is the one that Django's executor would have made."""

from __future__ import annotations

import importlib
import re
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import dedent
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections
from django.test import override_settings

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.roles import TENANT_GROUP_ROLE
from automate.kernel.tenancy import administering, schema_of
from tenants import provisioning, upgrades
from tenants.grants import TENANT_TABLES, tenant_grants
from tenants.postgresql import base
from tenants.routers import ADMIN
from tenants.seeds import seed_statements
from tenants.upgrades import NEW, Upgrades
from tests.support.catalog import catalog_of, differences
from tests.support.facts import naming

AUDIT_MIGRATIONS = ("0001_initial", "0002_guards", "0003_commit_order", "0004_filters")


def fresh() -> Upgrades:
    """What a process that has just begun knows: nothing."""
    return Upgrades(lambda: connections[ADMIN])


def make(by: Upgrades) -> tuple[str, bool]:
    """A schema that no tenant will ever have, and whether it was made by replay."""
    schema = schema_of(new_id())
    replayed = by.bring_up(
        schema,
        new=True,
        before=[f"CREATE ROLE {schema} NOLOGIN IN ROLE {TENANT_GROUP_ROLE}", f"CREATE SCHEMA {schema}"],
        after=[*tenant_grants(schema), *seed_statements()],
    )
    return schema, replayed


def run(schema: str, statement: str) -> list[tuple[object, ...]]:
    with administering(schema), connections[ADMIN].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def later(tmp_path, monkeypatch):
    """Gives the app of audit entries one more migration, with these operations, from now on."""
    package = f"later_{uuid.uuid4().hex}"
    folder = tmp_path / package
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name in AUDIT_MIGRATIONS:
        (folder / f"{name}.py").write_text(
            f"import importlib\nMigration = importlib.import_module('automate.audit.migrations.{name}').Migration\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    changed = override_settings(MIGRATION_MODULES={"audit": package})

    def add(operations: str, *, atomic: bool = True) -> None:
        text = """
            from django.db import migrations, models
            from django.db.migrations import *
            from automate.kernel.indexes import AddIndexWithoutLock
            from tests.support.operations import OwnSchema, Unknown, check, new_id, tell

            class Migration(migrations.Migration):
                dependencies = [("audit", "0004_filters")]
                atomic = ATOMIC
                operations = [
        """
        text = dedent(text).replace("ATOMIC", str(atomic)).rstrip()
        (folder / "0005_later.py").write_text(text + f"{operations}]\n")
        importlib.invalidate_caches()
        changed.enable()

    yield add
    changed.disable()
    for name in [name for name in sys.modules if name.startswith(package)]:
        del sys.modules[name]


@contextmanager
def noted_statements(said: list[str]) -> Iterator[None]:
    """Every statement of the owner's connection."""

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's
        said.extend(str(sql).split(";"))
        return execute(sql, params, many, context)

    with connections[ADMIN].execute_wrapper(note):
        yield


def as_applied(process: Upgrades, schema: str) -> list[tuple[str, str]]:
    with administering(schema):
        return process._rows()


@pytest.mark.slow
def test_replayed_schema_is_the_one_that_the_executor_makes(database, as_owner):
    process = fresh()
    executed, first = make(process)
    replayed, second = make(process)
    assert (first, second) == (False, True)
    assert differences(as_owner, executed, replayed) == {}
    seen = catalog_of(as_owner, replayed)
    assert all(seen[aspect] for aspect in ("relations", "columns", "constraints", "indexes", "triggers", "sequences"))
    assert all("SCHEMA" in entry for entry in seen["triggers"])


def kind_of(statement: str) -> str:
    """Its first words, without names and values."""
    words = re.sub(r"\"[^\"]*\"|'[^']*'", "x", statement).split()
    return " ".join(word for word in words[:8] if word.isupper())


@pytest.mark.slow
def test_comparison_notices_each_kind_of_statement_that_is_left_out(database, as_owner):
    """Found out: a replay that forgets one thing is another schema, or refused. For the first and the last of each kind:
    every one would be a schema for every statement of every migration, minutes of them.
    """
    process = fresh()
    executed, _ = make(process)
    whole = process._kept[NEW]
    assert whole is not None
    assert len(whole) > 50
    created = 'CREATE (?:UNIQUE )?INDEX ("[a-z0-9_]+")'
    made = {place: found[1] for place, one in enumerate(whole) if (found := re.match(created, one))}
    # Of an index that a later migration takes away again nothing is to be seen, nor of what changes rows that a new
    # schema has not, or adds such as a new one begins with anyway.
    unseen = {place for place, name in made.items() if f"DROP INDEX IF EXISTS {name}" in whole[place:]}
    unseen |= {place for place, one in enumerate(whole) if one.lstrip().startswith(("UPDATE ", "INSERT INTO source "))}
    # Nor of a default that goes and is set again.
    gone = 'ALTER TABLE "([a-z_]+)" ALTER COLUMN "([a-z_]+)" DROP DEFAULT'
    unseen |= {
        place
        for place, one in enumerate(whole)
        if (found := re.match(gone, one))
        and any(
            "ALTER TABLE {} ALTER COLUMN {} SET DEFAULT".format(*found.groups()) in later for later in whole[place:]
        )
    }
    assert len(unseen) < len(whole) / 10
    seen = [number for number in range(len(whole)) if number not in unseen]
    first = {kind_of(whole[number]): number for number in reversed(seen)}
    last = {kind_of(whole[number]): number for number in seen}
    assert len(first) > 10
    for number in sorted({*first.values(), *last.values()}):
        process._kept[NEW] = whole[:number] + whole[number + 1 :]
        schema, replayed = make(process)
        assert not replayed or differences(as_owner, executed, schema), whole[number]


@pytest.mark.slow
def test_schema_in_the_same_state_hears_what_the_first_one_heard(database, as_owner, later):
    process = fresh()
    old = [make(process)[0] for _ in range(3)]
    later("AddField('auditentry', 'note', models.CharField(max_length=9, default='none'))")
    assert [process.bring_up(schema) for schema in old] == [False, True, True]
    assert differences(as_owner, old[0], old[2]) == {}
    assert any("'note'" in entry for entry in catalog_of(as_owner, old[2])["columns"])
    assert any("0005_later" in entry for entry in catalog_of(as_owner, old[2])["migrations"])
    before = catalog_of(as_owner, old[0])
    assert [process.bring_up(schema) for schema in old] == [False, True, True]
    assert catalog_of(as_owner, old[0]) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "operation",
    [
        "RunPython(tell)",
        "SeparateDatabaseAndState(database_operations=[RunPython(tell)])",
        "Unknown('CREATE TABLE told (times int)')",
    ],
)
def test_what_may_differ_is_left_to_the_executor(database, later, operation):
    process = fresh()
    old = [make(process)[0] for _ in range(2)]
    later(operation)
    assert [process.bring_up(schema) for schema in old] == [False, False]
    process = fresh()
    assert [make(process)[1] for _ in range(2)] == [False, False]
    assert [run(schema, "SELECT count(*) FROM told") for schema in old] == [[(0,)], [(0,)]]


@pytest.mark.slow
def test_default_that_python_computes_is_computed_for_each_schema_with_rows(database, later):
    process = fresh()
    old = [make(process)[0] for _ in range(2)]
    later("AddField('auditentry', 'mark', models.UUIDField(default=new_id))")
    assert [process.bring_up(schema) for schema in old] == [False, False]
    process = fresh()
    assert [make(process)[1] for _ in range(2)] == [False, True]


NAMING = "AddConstraint('auditentry', check(condition=~models.Q(actor_id=OwnSchema()), name='named'))"


def named_in(schema: str) -> str:
    ((found,),) = run(schema, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'named'"
                      " AND connamespace = current_schema()::regnamespace")  # fmt: skip
    return str(found)


@pytest.mark.slow
def test_statement_that_names_its_schema_is_never_replayed(database, later):
    process = fresh()
    later(NAMING)
    made = [make(process) for _ in range(2)]
    assert [replayed for _, replayed in made] == [False, False]
    assert all(schema in named_in(schema) for schema, _ in made)


@pytest.mark.slow
def test_statement_that_names_its_schema_would_be_another_s(database, later, monkeypatch):
    """Found out: without looking at the text, the second schema is told the first one's name."""
    monkeypatch.setattr(upgrades, "_names", lambda _schema, _statements: False)
    process = fresh()
    later(NAMING)
    (first, _), (second, replayed) = make(process), make(process)
    assert replayed
    assert first in named_in(second)


@pytest.mark.slow
def test_schema_that_is_not_alike_is_brought_up_by_the_executor(database, later):
    process = fresh()
    old = [make(process)[0] for _ in range(2)]
    for schema in old:
        run(schema, "ALTER TABLE audit_entry ADD CONSTRAINT once UNIQUE (hash)")
    run(old[1], "ALTER TABLE audit_entry RENAME CONSTRAINT once TO odd")
    later(
        "SeparateDatabaseAndState(state_operations=[AlterField('auditentry', 'hash', models.CharField(max_length=64, unique=True))]),"
        "AlterField('auditentry', 'hash', models.CharField(max_length=64))"
    )
    assert [process.bring_up(schema) for schema in old] == [False, False]
    left = "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = 'audit_entry'::regclass"
    assert [run(schema, left) for schema in old] == [[], []]


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
def test_new_schema_that_is_refused_says_why(database):
    process = fresh()
    make(process)
    with pytest.raises(DatabaseError, match="no schema has been selected"):
        process.bring_up("t_" + uuid.uuid4().hex, new=True)
