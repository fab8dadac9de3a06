"""The types with which commands read answers are those of the schema."""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    build_schema,
)

from automate.client import answers
from tests.support.tree import ROOT

SCHEMAS = [
    build_schema((ROOT / "graphql_schema" / name).read_text(encoding="utf-8"))
    for name in ("schema.graphql", "platform.graphql")
]
IN_JSON = {"ExplainedNode"}
"""Parts of a value of the scalar JSON."""
TYPES = {name: kind for name, kind in vars(answers).items() if is_typeddict(kind) and name not in IN_JSON}
SCALARS = {"Int": int, "Float": float, "Boolean": bool}


def fits(kind: GraphQLOutputType, hint: Any) -> bool:
    """Whether a type hint allows just the values of a field of this type. JSON may have any hint."""
    if str(kind).rstrip("!") == "JSON":
        return True
    if isinstance(kind, GraphQLNonNull):
        return _present(kind.of_type, hint)
    rest = [one for one in get_args(hint) if one is not NoneType]
    return NoneType in get_args(hint) and len(rest) == 1 and _present(kind, rest[0])


def _present(kind: Any, hint: Any) -> bool:
    if isinstance(kind, GraphQLList):
        return get_origin(hint) is list and fits(kind.of_type, get_args(hint)[0])
    if isinstance(kind, GraphQLObjectType):
        return hint is TYPES.get(kind.name)
    return hint is SCALARS.get(kind.name, str)


def problems(name: str, hints: dict[str, Any], schema: GraphQLSchema) -> list[str]:
    kind = schema.type_map.get(name)
    if not isinstance(kind, GraphQLObjectType):
        return [name]
    return [
        field for field, hint in hints.items() if field not in kind.fields or not fits(kind.fields[field].type, hint)
    ]


@pytest.mark.parametrize("name", TYPES)
def test_type_of_an_answer_has_the_fields_of_the_schema(name: str) -> None:
    hints = get_type_hints(TYPES[name])
    assert [] in [problems(name, hints, schema) for schema in SCHEMAS]


def test_other_fields_and_types_are_found() -> None:
    hints = {"slug": str | None, "id": str, "color": str, "revision": str}
    assert problems("Source", hints, SCHEMAS[0]) == ["slug", "color", "revision"]
    assert problems("Nothing", hints, SCHEMAS[0]) == ["Nothing"]
    assert fits(GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLString))), list[str])
    assert not fits(GraphQLList(GraphQLNonNull(GraphQLString)), list[str])
