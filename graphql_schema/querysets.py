"""Lets the library strawberry-django select the columns and joins of a queryset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from importlib.metadata import version
from itertools import chain
from typing import TypeVar

from django.db.models import Model, QuerySet
from graphql import FieldNode, GraphQLNamedType, GraphQLObjectType, NameNode, SelectionSetNode, get_named_type
from strawberry_django.optimizer import OptimizerStore, optimize

from graphql_schema.context import Info
from graphql_schema.planning import ReadPlan, Selected

OPTIMIZES = tuple(map(int, version("strawberry-graphql-django").split(".")[:2])) >= (0, 89)
"""The optimizer of earlier releases fails with graphql-core 3.3. Without it, a list reads all columns and joins nothing."""
M = TypeVar("M", bound=Model)


def optimized(rows: QuerySet[M], info: Info, field: Selected, column: str) -> QuerySet[M]:
    """Read only the selected columns and ``column``, and join the selected objects."""
    kind, nodes = field.below("edges", "node")
    if not OPTIMIZES or not isinstance(kind, GraphQLObjectType):
        return rows
    plain = FieldNode(name=NameNode(value="node"), selection_set=_plain(field.plan, kind, nodes))
    raw = info._raw_info._replace(return_type=kind, field_nodes=[plain])  # noqa: SLF001 - strawberry offers no other way
    return optimize(rows, raw, store=OptimizerStore.with_hints(only=[column or "id"]))


def _plain(plan: ReadPlan, kind: GraphQLNamedType, nodes: Sequence[FieldNode]) -> SelectionSetNode:
    """Return a selection that has each field once, without aliases and arguments.

    The optimizer ignores a field that is selected twice with different arguments, or under one alias in two lists of edges.
    Each row would then need one more SQL statement to read an ignored field.
    """
    if not isinstance(kind, GraphQLObjectType):
        return SelectionSetNode(selections=())
    found: dict[str, list[FieldNode]] = defaultdict(list)
    for node in chain.from_iterable(plan.collect(kind, nodes).values()):
        if node.name.value in kind.fields:
            found[node.name.value].append(node)
    fields = [
        FieldNode(name=NameNode(value=name), selection_set=_plain(plan, get_named_type(kind.fields[name].type), below))
        for name, below in found.items()
    ]
    return SelectionSetNode(selections=tuple(fields))
