"""A schema that was brought up by replay is the one that Django's executor would have made."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db import DatabaseError

from tenants import upgrades
from tenants.upgrades import NEW
from tests.support.catalog import catalog_of, differences
from tests.support.upgrading import fresh, later_migration, make, run  # noqa: F401 - a fixture


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
@pytest.mark.long
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


@pytest.mark.slow
def test_new_schema_that_is_refused_says_why(database):
    process = fresh()
    make(process)
    with pytest.raises(DatabaseError, match="no schema has been selected"):
        process.bring_up("t_" + uuid.uuid4().hex, new=True)
