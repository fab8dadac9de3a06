"""The price of an operation, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, SelectionSetNode, get_named_type

from graphql_schema.cost import Composite, Counter, Size, Variables, counter_of, is_wrapper, selections_of

Path = tuple[str, ...]


class Breakdown:
    """Lists the fields that cost points, parents first. Each item is a pair: the path and the points of a field."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode, variables: Variables
    ) -> None:
        self._counter: Counter
        self._counter, self._root = counter_of(schema, document, node)
        self._node = node
        self._variables = variables

    def __iter__(self) -> Iterator[tuple[Path, int]]:
        return self._below(self._root, [self._node.selection_set], None, (), 1)

    def _below(
        self, kind: Composite, selections: Sequence[SelectionSetNode], page: Size | None, path: Path, times: int
    ) -> Iterator[tuple[Path, int]]:
        # `times`: the maximum number of such objects in the answer. For `page` see `Counter.below`.
        for parent, nodes in self._counter.fields(kind, selections):
            points = times * self._counter.field(parent, nodes, page).of(self._variables)
            if not points:
                continue
            name, here = nodes[0].name.value, (*path, (nodes[0].alias or nodes[0].name).value)
            yield here, points
            named = None if name.startswith("__") else get_named_type(parent.fields[name].type)
            if not isinstance(named, Composite):
                continue
            size = self._counter.size(nodes[0], parent.fields[name].args)
            rows = page if page is not None and name == "edges" else None if is_wrapper(named) else size
            each = times * (rows(self._variables) if rows is not None else 1)
            yield from self._below(named, selections_of(nodes), size, here, each)
