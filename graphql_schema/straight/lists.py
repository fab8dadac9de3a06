"""Compiles the SQL of straight reads, for plain lists and single objects. No Python object is made for a row."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from graphql import GraphQLObjectType

from graphql_schema.completion import Uncommon
from graphql_schema.planning import Selected
from graphql_schema.straight.shapes import Shape, compiled, shape_of


def list_shape(selected: Selected, alias: str) -> Shape:
    """Compile the selection of a list or object.

    Raises Uncommon if the selection must be read by ``graphql_schema.planning`` instead.
    """
    kind = selected.type
    if not isinstance(kind, GraphQLObjectType):
        raise Uncommon
    return shape_of(selected.plan, kind, selected.nodes, alias)


def list_needs(alias: str) -> Callable[[Selected], AbstractSet[str]]:
    def needs(selected: Selected) -> AbstractSet[str]:
        kind = selected.type
        if not isinstance(kind, GraphQLObjectType):
            raise Uncommon
        return compiled(selected.plan, kind, selected.nodes, alias).needs

    return needs
