"""Compiles the selection of a GraphQL connection into SQL, and converts the rows that the SQL returns to JSON."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from graphql import FieldNode, GraphQLObjectType, get_named_type

from automate.kernel.cursors import CursorSpace
from automate.kernel.queries import ColumnSelection, Page, Slice, cut, rows_of
from automate.kernel.rows import DatabaseRow, DatabaseValue
from graphql_schema.completion import Uncommon
from graphql_schema.planning import ReadPlan, Selected
from graphql_schema.straight.columns import Inside
from graphql_schema.straight.shapes import Shape, compiled, fields_below

_PAGE_INFO: Mapping[str, Callable[[Page[DatabaseRow], Callable[[DatabaseRow], str]], object]] = {
    "hasNextPage": lambda page, _seal: page.has_next,
    "hasPreviousPage": lambda page, _seal: page.has_previous,
    "startCursor": lambda page, seal: seal(page.rows[0]) if page.rows else None,
    "endCursor": lambda page, seal: seal(page.rows[-1]) if page.rows else None,
    "__typename": lambda _page, _seal: "PageInfo",
}


@dataclass(eq=False)
class _Parts:
    # `node`: the selection of the nodes; None if no node is selected, or if planning has to read it.
    keys: list[tuple[str, str]] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    page: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    names: tuple[str, str] = ("", "")
    node: Shape | None = None
    counts: bool = False


@dataclass(frozen=True)
class ConnectionShape:
    """The selected fields of a connection, for one request."""

    selected: Selected
    parts: _Parts
    shape: Shape
    """The columns and JSON of the connection's nodes."""

    @property
    def counts(self) -> bool:
        return self.parts.counts

    def wanted(self, *further: str) -> ColumnSelection:
        """Return the columns that the statement reads for the nodes. ``further`` names additional columns."""
        return self.shape.wanted(self.selected.plan, *further)

    def inside(self, sql: str | None, part: Slice, seal: Callable[[DatabaseRow], str]) -> Inside | None:
        """Return the column with which the parent's statement also reads this connection. None if ``sql`` is None."""
        if sql is None:
            return None
        return Inside(sql, lambda texts: self.complete([cut(rows_of(text), part) for text in texts], seal, ()))

    def complete(
        self, pages: Sequence[Page[DatabaseRow]], seal: Callable[[DatabaseRow], str], counts: Sequence[int]
    ) -> list[dict[str, object]]:
        """Make the JSON of each page."""
        nodes = iter(self.shape.complete(self.selected.plan, [row for page in pages for row in page.rows]))
        parts, answers = self.parts, []
        for place, page in enumerate(pages):
            answer: dict[str, object] = {}
            for key, name in parts.keys:
                if name == "edges":
                    answer[key] = self._edges_of(page.rows, nodes, seal)
                elif name == "pageInfo":
                    answer[key] = {inner: _PAGE_INFO[of](page, seal) for inner, of in parts.page[key]}
                else:
                    answer[key] = counts[place] if name == "totalCount" else parts.names[0]
            answers.append(answer)
        return answers

    def _edges_of(
        self, rows: Sequence[DatabaseRow], nodes: Iterator[object], seal: Callable[[DatabaseRow], str]
    ) -> list[dict[str, object]]:
        edges = self.parts.edges
        if len(edges) == 1 and edges[0][1] == "node":
            only = edges[0][0]
            return [{only: next(nodes)} for _ in rows]
        found = []
        for row in rows:
            edge: dict[str, object] = {}
            for key, name in edges:
                edge[key] = next(nodes) if name == "node" else seal(row) if name == "cursor" else self.parts.names[1]
            found.append(edge)
        return found


def connection_shape(selected: Selected, alias: str) -> ConnectionShape:
    """Compile a selected connection. Raises Uncommon if the connection must be read by ``graphql_schema.planning``."""
    plan = selected.plan
    key = (selected.type.name, alias, *map(id, selected.nodes))
    parts = plan.selections.get(key)
    if not isinstance(parts, _Parts):
        try:
            parts = _parts(selected, alias)
        except Uncommon:
            parts = _Parts()
        plan.selections[key] = parts
    if parts.node is None or not parts.node.needs <= plan.principal.permissions:
        raise Uncommon
    return ConnectionShape(selected, parts, parts.node)


def connection_needs(alias: str) -> Callable[[Selected], AbstractSet[str]]:
    """Return the function ``Below.needs`` for a connection.

    That function returns the permissions that a caller needs to read the connection's nodes.
    """

    def needs(selected: Selected) -> AbstractSet[str]:
        parts = _parts(selected, alias)
        if parts.node is None or parts.counts:
            raise Uncommon
        return parts.node.needs

    return needs


def own_row(selected: Selected, alias: str) -> ColumnSelection:
    """Return the columns of a row. Raises Uncommon if a single SQL statement cannot read all these columns."""
    parts = _parts(selected, alias)
    if parts.node is None or parts.node.joins:
        # Another statement would use the same names for its joins.
        raise Uncommon
    if any(part.below.inside is not None for part in parts.node.parts):
        # The columns of such a field are chosen before its arguments are known.
        raise Uncommon
    return parts.node.wanted(selected.plan, f"{alias}.id::text")


def _parts(selected: Selected, alias: str) -> _Parts:
    kind, plan = selected.type, selected.plan
    if not isinstance(kind, GraphQLObjectType):
        raise Uncommon
    made = _Parts()
    for key, nodes in fields_below(plan, kind, selected.nodes).items():
        name = nodes[0].name.value
        made.keys.append((key, name))
        made.counts = made.counts or name == "totalCount"
        if name == "pageInfo":
            below = fields_below(plan, _object(kind, name), nodes)
            made.page[key] = [(inner, found[0].name.value) for inner, found in below.items()]
        elif name == "edges":
            if made.edges:
                raise Uncommon
            edge = _object(kind, name)
            made.names = (kind.name, edge.name)
            _add_edges(made, plan, edge, nodes, alias)
    return made


def _add_edges(made: _Parts, plan: ReadPlan, kind: GraphQLObjectType, nodes: Sequence[FieldNode], alias: str) -> None:
    for key, below in fields_below(plan, kind, nodes).items():
        name = below[0].name.value
        made.edges.append((key, name))
        if name == "node":
            if made.node is not None:
                raise Uncommon
            made.node = compiled(plan, _object(kind, name), below, alias)


def _object(kind: GraphQLObjectType, name: str) -> GraphQLObjectType:
    found = get_named_type(kind.fields[name].type)
    if not isinstance(found, GraphQLObjectType):
        raise Uncommon
    return found


def by_id(space: CursorSpace) -> Callable[[DatabaseRow], str]:
    """Return a function that makes a row's cursor. The last column of a row is its id, as text."""

    def seal(row: DatabaseRow) -> str:
        *_, row_id = row
        return space.seal(bytes.fromhex(str(row_id).replace("-", "")))

    return seal


def by_place(space: CursorSpace) -> Callable[[DatabaseRow], str]:
    """Return a function that makes a row's cursor. The last two columns of a row are its time and its id, as text."""

    def seal(row: Sequence[DatabaseValue]) -> str:
        *_, at, row_id = row
        return space.seal_place(at, uuid.UUID(row_id))

    return seal
