"""Makers of types copy what rows have under the names of fields, and refuse at import what nobody gives."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
import strawberry

from automate.kernel.queries import columns_of
from tests.support.facts import naming


@dataclass(frozen=True)
class Row:
    id: uuid.UUID
    name: str
    size: int
    joined: str | None = None

    @property
    def twice(self) -> int:
        return 2 * self.size


@strawberry.type
class Shown:
    id: str
    name: str
    twice: int
    kind: str = "plain"  # a maker must not take its own words for those of a type
    note: str = "none"


ROW = Row(uuid.UUID(int=1), "a", 3)


def test_fields_and_properties_of_the_row_are_copied_and_computed_ones_come_first() -> None:
    from graphql_schema.copying import copier

    assert copier(Shown, Row, "id")(ROW, id="x") == Shown(id="x", name="a", twice=6)
    assert copier(Shown, Row, "id", "name", "kind", "note")(ROW, id="x", name="b", kind="k", note="c") == Shown(
        id="x", name="b", twice=6, kind="k", note="c"
    )


def test_field_that_nobody_gives_is_refused() -> None:
    from graphql_schema.copying import copier

    @strawberry.type
    class Wider(Shown):
        colour: str

    with pytest.raises(TypeError) as caught:
        copier(Wider, Row, "id")
    assert str(caught.value) == naming("Wider", "colour")
    with pytest.raises(TypeError) as caught:
        copier(Shown, Row, "id", "colour")
    assert str(caught.value) == naming("Shown", "colour")


@strawberry.type
class Lazy:
    id: strawberry.ID
    name: str
    twice: int
    row: strawberry.Private[Row]


class Stored:
    """A row of a queryset: each column that is read is noted, and some are missing."""

    def __init__(self) -> None:
        self.id, self.read = ROW.id, list[str]()

    def __getattr__(self, name: str) -> str:
        self.read.append(name)
        return f"the {name}"


def test_lazy_object_reads_a_column_when_its_field_is_first_read() -> None:
    from graphql_schema.copying import lazily
    from graphql_schema.ids import global_id

    make = lazily(Lazy, Row, twice=lambda row: f"{row.size} twice")
    row = Stored()
    made = make(row)
    assert row.read == []
    assert [made.id, made.twice, made.twice] == [global_id("Lazy", ROW.id), "the size twice", "the size twice"]
    assert row.read == ["size"]
    assert make(ROW).name == "a"
    with pytest.raises(TypeError) as caught:
        lazily(Lazy, Row, colour=lambda row: row.id)
    assert str(caught.value) == naming("Lazy", "colour")


def test_columns_follow_the_row() -> None:
    assert columns_of(Row, "r") == "r.id, r.name, r.size"
    assert columns_of(Row, "r", size="length(r.name)") == "r.id, r.name, length(r.name)"
