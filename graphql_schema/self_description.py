"""Counts the fields that the answer to an introspection query will have. The answer itself is not made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    print_ast,
)

from graphql_schema.fragments import fragment_of
from graphql_schema.limits import DOCUMENT
from graphql_schema.prices import FIELDS_PER_POINT

_MOST_FIELDS = (DOCUMENT.cost + 1) * FIELDS_PER_POINT
"""Counting ends at this number, because an operation with more fields is refused anyway."""


def points_of(fields: int) -> int:
    return -(-fields // FIELDS_PER_POINT)


def normal_form(document: DocumentNode, operation: OperationDefinitionNode) -> str:
    # Without its name, spaces and comments, so that equal queries of different clients have equal texts.
    fragments = sorted(print_ast(node) for node in document.definitions if isinstance(node, FragmentDefinitionNode))
    unnamed = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=operation.variable_definitions,
        directives=operation.directives,
        selection_set=operation.selection_set,
    )
    return "\n".join([print_ast(unnamed), *fragments])


def _named(attribute: str) -> Callable[[GraphQLSchema, object], Iterable[object]]:
    # Empty if an object lacks the attribute.
    def values(_schema: GraphQLSchema, described: object) -> Iterable[object]:
        found = getattr(described, attribute, None)
        return found.values() if isinstance(found, Mapping) else found or ()

    return values


def _one(attribute: str) -> Callable[[GraphQLSchema, object], Iterable[object]]:
    def value(_schema: GraphQLSchema, described: object) -> Iterable[object]:
        found = getattr(described, attribute, None)
        return () if found is None else (found,)

    return value


def _fields_of(_schema: GraphQLSchema, described: object) -> Iterable[object]:
    # Fields of inputs are excluded; they have no arguments.
    return [field for field in _named("fields")(_schema, described) if hasattr(field, "args")]


def _input_fields_of(_schema: GraphQLSchema, described: object) -> Iterable[object]:
    return [field for field in _named("fields")(_schema, described) if not hasattr(field, "args")]


def _possible_types(schema: GraphQLSchema, described: object) -> Iterable[object]:
    return (
        schema.get_possible_types(described) if isinstance(described, GraphQLInterfaceType | GraphQLUnionType) else ()
    )


_BELOW: Mapping[str, Callable[[GraphQLSchema, object], Iterable[object]]] = {
    "types": _named("type_map"),
    "directives": _named("directives"),
    "queryType": _one("query_type"),
    "mutationType": _one("mutation_type"),
    "subscriptionType": _one("subscription_type"),
    "fields": _fields_of,
    "inputFields": _input_fields_of,
    "interfaces": _named("interfaces"),
    "possibleTypes": _possible_types,
    "enumValues": _named("values"),
    "ofType": _one("of_type"),
    "args": _named("args"),
    "type": _one("type"),
}
"""For each introspection field, how to find the objects below it."""


def _shown(entries: Iterable[object], node: FieldNode) -> Iterable[object]:
    # Deprecated entries are included only if `includeDeprecated` is true or a variable.
    for argument in node.arguments or ():
        if argument.name.value == "includeDeprecated" and getattr(argument.value, "value", True):
            return entries
    return [entry for entry in entries if getattr(entry, "deprecation_reason", None) is None]


class Describer:
    """Counts the fields in the answer to one introspection query."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.schema = schema
        self.fragments = fragments
        self._known: dict[tuple[int, int], int] = {}
        self._merged: dict[tuple[int, ...], tuple[list[FieldNode], ...]] = {}
        self._counted = 0

    def fields(self, nodes: Sequence[FieldNode]) -> int:
        """Return the number of fields in the result of ``__schema``, ``__type`` or ``__typename``."""
        name = nodes[0].name.value
        if name == "__schema":
            return 1 + self._below(self.schema, nodes)
        if name == "__type":
            return 1 + self._below(self._type(nodes[0]), nodes)
        return 0

    def _type(self, node: FieldNode) -> GraphQLNamedType | None:
        # If a variable names the type, the largest type of the schema.
        value = next((argument.value for argument in node.arguments or ()), None)
        if isinstance(value, StringValueNode):
            return self.schema.get_type(value.value)
        return max(self.schema.type_map.values(), key=lambda kind: len(getattr(kind, "fields", ())))

    def _below(self, described: object, nodes: Sequence[FieldNode]) -> int:
        if described is None or self._counted > _MOST_FIELDS:
            return 0
        groups = self._groups(nodes)
        key = (id(described), id(groups))
        if key not in self._known:
            total = len(groups)
            self._counted += total
            for group in groups:
                below = _BELOW.get(group[0].name.value)
                if below is not None:
                    entries = _shown(below(self.schema, described), group[0])
                    total += sum(self._below(entry, group) for entry in entries)
            self._known[key] = total
        return self._known[key]

    def _groups(self, nodes: Sequence[FieldNode]) -> tuple[list[FieldNode], ...]:
        # Grouped by response key.
        key = tuple(id(node) for node in nodes)
        if key not in self._merged:
            found: dict[str, list[FieldNode]] = {}
            seen: set[str] = set()
            for node in nodes:
                if node.selection_set is not None:
                    self._collect(node.selection_set, found, seen)
            self._merged[key] = tuple(found.values())
        return self._merged[key]

    def _collect(self, selection: SelectionSetNode, found: dict[str, list[FieldNode]], seen: set[str]) -> None:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
            self._collect(fragment_of(node, self.fragments).selection_set, found, seen)
