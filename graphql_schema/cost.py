"""Computes the price of an operation in points, before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import Limits
from graphql_schema.fragments import fragment_of
from graphql_schema.limits import DOCUMENT
from graphql_schema.prices import COUNT_POINTS, OPERATION_POINTS, PRICES
from graphql_schema.self_description import Describer, normal_form, points_of

LIMITS = Limits()
_FREE = frozenset({"NormalizedError", "PageInfo"})
_TYPENAME = {"__typename"}
_DESCRIPTIONS = {"__schema", "__type", "__typename"}
_MOST_DIGITS = 9
UNPAGED_ROWS = 400
"""The assumed length of a list without pages. ``runCounts`` has at most so many entries."""
_FLOOR_SHARE = 20
"""An operation is charged at least a twentieth of its price, because SQL takes no processor time of this process."""

Variables = Mapping[str, JsonValue]
Size = Callable[[Variables], int]
Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True)
class Cost:
    """The price of a selection in points of the API's rate limit, and the maximum number of its values."""

    rows: int = 0
    """Points outside of lists."""
    lists: tuple[tuple[Size, Cost], ...] = ()
    """For each list, a pair of its page size and the cost of one row."""
    fields: int = 0
    """The number of selected fields outside of lists."""
    unpaged: tuple[Cost, ...] = ()
    """For each list without a page size, the cost of one row. The points are counted once."""

    def of(self, variables: Variables) -> int:
        lists = sum(size(variables) * below.of(variables) for size, below in self.lists)
        return self.rows + lists + sum(below.of(variables) for below in self.unpaged)

    def values(self, variables: Variables) -> int:
        """Return the number of values in a large answer: full pages, and UNPAGED_ROWS rows of each other list."""
        lists = sum(size(variables) * below.values(variables) for size, below in self.lists)
        return self.fields + lists + sum(UNPAGED_ROWS * below.values(variables) for below in self.unpaged)


@dataclass(frozen=True)
class Priced:
    """One operation of a valid document."""

    cost: Cost
    kind: OperationType
    description: str
    """The text of an introspection query without spaces and names; empty for all other operations."""

    def floor(self, points: int) -> int:
        """Return the minimum charge. A subscription pays its whole price at its start."""
        share = 1 if self.kind is OperationType.SUBSCRIPTION else _FLOOR_SHARE
        return max(OPERATION_POINTS, -(-points // share))


def priced(schema: GraphQLSchema, document: DocumentNode) -> dict[str, Priced]:
    """Return the price of each operation by name. An unnamed operation has the empty name."""
    found = {}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            counter, root = counter_of(schema, document, node)
            cost = counter.below(root, [node.selection_set], None)
            description = normal_form(document, node) if counter.describes(root, node) else ""
            found[_name_of(node)] = Priced(cost, node.operation, description)
    return found


def check_cost(cost: int) -> None:
    """Check the price of an operation. Raises GRAPHQL_TOO_COMPLEX if the price is above the maximum."""
    if cost > DOCUMENT.cost:
        raise NormalizedError(
            "GRAPHQL_TOO_COMPLEX",
            f"The operation costs {cost} points, but the maximum is {DOCUMENT.cost}. A list within a list multiplies the "
            "points. Request smaller pages with `first`, or fewer fields. `explainCost` shows the points of each field.",
            details={"limit": "cost", "requested": cost, "maximum": DOCUMENT.cost},
        )


def _name_of(node: OperationDefinitionNode) -> str:
    return node.name.value if node.name else ""


def counter_of(
    schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode
) -> tuple[Counter, GraphQLObjectType]:
    # Also returns the root type of the operation.
    root = schema.get_root_type(node.operation)
    if root is None:
        raise TypeError("a valid document has no operation without a root type")
    fragments = {entry.name.value: entry for entry in document.definitions if isinstance(entry, FragmentDefinitionNode)}
    defaults = {entry.variable.name.value: _literal(entry.default_value) for entry in node.variable_definitions or ()}
    return Counter(schema, fragments, defaults), root


class Counter:
    """Computes the points of one operation."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], defaults: Mapping[str, JsonValue]
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.defaults = defaults
        self.describer = Describer(schema, fragments)

    def below(self, kind: Composite, selections: Sequence[SelectionSetNode], page: Size | None) -> Cost:
        """Return the points of all fields that are selected below one object, at all levels."""
        fields = self.fields(kind, selections)
        found = [self.field(parent, nodes, page) for parent, nodes in fields]
        lists = tuple(entry for cost in found for entry in cost.lists)
        unpaged = tuple(entry for cost in found for entry in cost.unpaged)
        return Cost(sum(cost.rows for cost in found), lists, len(fields) + sum(cost.fields for cost in found), unpaged)

    def field(self, parent: Composite, nodes: list[FieldNode], page: Size | None) -> Cost:
        """Return the points of one field. The points of the fields in its selection are included."""
        name = nodes[0].name.value
        if name.startswith("__"):
            described = self.describer.fields(nodes)
            return Cost(points_of(described), fields=described)
        field = parent.fields[name]
        price = PRICES.get((parent.name, name))
        own = COUNT_POINTS if name == "totalCount" else price.points if price is not None else 0
        named = get_named_type(field.type)
        if not isinstance(named, Composite):
            return Cost(own)
        size = self.size(nodes[0], field.args)
        below = self.below(named, selections_of(nodes), size)
        if page is not None and name == "edges":
            return Cost(own, ((page, below),))
        if is_wrapper(named):
            return replace(below, rows=own + below.rows)
        if size is not None:
            return Cost(own, ((size, replace(below, rows=below.rows + 1)),))
        row = replace(below, rows=below.rows + 1)
        return (
            Cost(own, unpaged=(row,))
            if is_list_type(get_nullable_type(field.type))
            else replace(row, rows=own + row.rows)
        )

    def describes(self, root: GraphQLObjectType, node: OperationDefinitionNode) -> bool:
        """Return whether the operation is a query that selects only introspection fields."""
        names = {nodes[0].name.value for _, nodes in self.fields(root, [node.selection_set])}
        return node.operation is OperationType.QUERY and names != _TYPENAME and names <= _DESCRIPTIONS

    def fields(
        self, kind: Composite, selections: Sequence[SelectionSetNode]
    ) -> list[tuple[Composite, list[FieldNode]]]:
        """Return each selected field once, together with its parent type."""
        found: dict[tuple[str, str], tuple[Composite, list[FieldNode]]] = {}
        seen: set[str] = set()

        def collect(parent: Composite, selection: SelectionSetNode) -> None:
            for node in selection.selections:
                if isinstance(node, FieldNode):
                    key = (node.alias or node.name).value
                    found.setdefault((parent.name, key), (parent, []))[1].append(node)
                    continue
                if isinstance(node, FragmentSpreadNode):
                    if node.name.value in seen:
                        continue
                    seen.add(node.name.value)
                fragment = fragment_of(node, self.fragments)
                condition = fragment.type_condition
                narrowed = self.schema.get_type(condition.name.value) if condition is not None else parent
                if isinstance(narrowed, Composite):
                    collect(narrowed, fragment.selection_set)

        for selection in selections:
            collect(kind, selection)
        return list(found.values())

    def size(self, node: FieldNode, known: Mapping[str, GraphQLArgument]) -> Size | None:
        """Return the page size of a list, or None."""
        if "first" not in known:
            return None
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        values = [given[name] for name in ("first", "last") if name in given]
        names = [value.name.value for value in values if isinstance(value, VariableNode)]
        fixed = [_literal(value) for value in values if not isinstance(value, VariableNode)]
        if not names:
            size = _most(fixed)
            return lambda _variables: size
        return lambda variables: _most([*fixed, *(variables.get(name, self.defaults.get(name)) for name in names)])


def selections_of(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set]


def is_wrapper(kind: GraphQLNamedType) -> bool:
    # A connection, an edge, a page info or an error. Objects of such a type are no rows.
    if not isinstance(kind, Composite):
        return False
    return kind.name in _FREE or "edges" in kind.fields or {"node", "cursor"} <= kind.fields.keys()


def _literal(node: object) -> JsonValue:
    if not isinstance(node, IntValueNode):
        return None
    return int(node.value) if len(node.value) <= _MOST_DIGITS else LIMITS.page_size


def _most(values: Sequence[JsonValue]) -> int:
    # For these values of `first` and `last`. A value above the maximum is capped here and refused later.
    sizes = [value for value in values if isinstance(value, int)]
    return min(max(0, *sizes), LIMITS.page_size) if sizes else LIMITS.default_page_size
