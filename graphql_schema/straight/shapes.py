"""Compiles a selection to SQL columns, and to functions that convert the rows to JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    ListValueNode,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.values import get_argument_values

from automate.kernel.errors import NormalizedError
from automate.kernel.queries import ColumnSelection
from automate.kernel.rows import DatabaseRow
from graphql_schema.completion import AS_THEY_ARE, Compiler, Uncommon
from graphql_schema.fragments import fragment_of
from graphql_schema.loaded import Shown
from graphql_schema.planning import ReadPlan, Selected, loader_of
from graphql_schema.straight.columns import Below, Column, Inside, Made, One, Show, fields_of

_TIME = "DateTime"
Seen = dict[tuple[int, object], dict[str, object]]
"""The JSON of related objects by their shape and id. Many rows of a page can share an object, which is built once."""


@dataclass(frozen=True)
class NestedRead:
    """A selected field whose values are read for all rows together."""

    key: str
    at: int
    """The index of the field's column in the row."""
    below: Below
    kind: GraphQLObjectType
    nodes: list[FieldNode]
    literals: dict[str, object] | None = None
    """The arguments, if none of them uses a variable; otherwise None. Read-only."""

    def arguments(self, plan: ReadPlan) -> dict[str, object]:
        if self.literals is not None:
            return self.literals
        return get_argument_values(self.kind.fields[self.nodes[0].name.value], self.nodes[0], plan.variables)

    def load(self, keys: Sequence[object], asked: Selected) -> Sequence[object]:
        """Read the values of the field with a separate statement. Raises ``Uncommon`` if that is impossible."""
        if self.below.load is None:
            raise Uncommon
        return self.below.load(keys, asked)


@dataclass(eq=False)
class Shape:
    """The columns that are read for rows of one type, and the functions that convert these rows to JSON."""

    alias: str
    keys: list[str] = field(default_factory=list)
    """The response keys of the plain columns, in the order of the document."""
    columns: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    shows: list[tuple[str, Show]] = field(default_factory=list)
    """The response keys whose values must be converted, each with its function."""
    ones: list[tuple[str, int, Shape]] = field(default_factory=list)
    """Related objects in the same row: response key, index of the first column, and shape."""
    owned: list[tuple[str, int, int]] = field(default_factory=list)
    """Lists whose only entry can be the row itself, with the columns of that entry."""
    parts: list[NestedRead] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    """The indexes of the columns that contain times."""
    needs: set[str] = field(default_factory=set)
    """The permissions that the selection needs."""

    def wanted(self, plan: ReadPlan, *further: str) -> ColumnSelection:
        """Return the SQL columns of this shape. The columns in ``further`` come last.

        Raises Uncommon if ``graphql_schema.planning`` must read the rows.
        """
        return ColumnSelection((*self._columns(plan), *further), "".join(self.joins), tuple(self.times))

    def _columns(self, plan: ReadPlan) -> list[str]:
        columns = list(self.columns)
        for part, _, inside in self._asked(plan):
            if inside is not None:
                columns[part.at] = inside.sql
        for _, at, shape in self.ones:
            columns[at : at + len(shape.columns)] = shape._columns(plan)  # noqa: SLF001 - its own kind
        return columns

    def _asked(self, plan: ReadPlan) -> Sequence[tuple[NestedRead, Selected, Inside | None]]:
        # If the statement of the row can read a field, the tuple of the field has an `Inside`.
        asked: list[tuple[NestedRead, Selected, Inside | None]] | None = plan.memo.get(self)
        if asked is None:
            asked = [self._asked_of(plan, part) for part in self.parts]
            plan.memo[self] = asked
        return asked

    def _asked_of(self, plan: ReadPlan, part: NestedRead) -> tuple[NestedRead, Selected, Inside | None]:
        returns = part.kind.fields[part.nodes[0].name.value]
        selected = Selected(plan, returns.type, part.nodes, part.arguments(plan))
        try:
            inside = part.below.inside(selected, self.alias) if part.below.inside is not None else None
        except NormalizedError as error:
            raise Uncommon from error
        return part, selected, inside

    def complete(self, plan: ReadPlan, rows: Sequence[DatabaseRow]) -> list[dict[str, object]]:
        """Convert rows to JSON. Raises ``Uncommon`` if ``graphql_schema.planning`` has to read a field of the rows."""
        seen: Seen = {}
        found = [self._built(row, seen) for row in rows]
        if found:
            self._fill(plan, found)
        return found

    def _built(self, row: DatabaseRow, seen: Seen) -> dict[str, object]:
        found: dict[str, object] = dict(zip(self.keys, row))  # noqa: B905 - further columns follow
        for key, show in self.shows:
            found[key] = show(found[key])
        for key, at, end in self.owned:
            found[key] = found[key], row[at:end]
        for key, at, shape in self.ones:
            row_id = found[key]
            if row_id is not None:
                place = id(shape), row_id
                below = seen.get(place)
                if below is None:
                    below = seen[place] = shape._built(row[at:], seen)  # noqa: SLF001 - its own kind
                found[key] = below
        return found

    def _fill(self, plan: ReadPlan, found: Sequence[dict[str, Shown]]) -> None:
        for part, asked, inside in self._asked(plan):
            keys = [one[part.key] for one in found]
            try:
                values = inside.complete(keys) if inside is not None else part.load(keys, asked)
            except NormalizedError as error:
                raise Uncommon from error
            for one, value in zip(found, values, strict=True):
                one[part.key] = value
        for key, _, shape in self.ones:
            below = [one[key] for one in found if one[key] is not None]
            if below:
                shape._fill(plan, below)  # noqa: SLF001 - its own kind


def shape_of(plan: ReadPlan, kind: GraphQLObjectType, nodes: Sequence[FieldNode], alias: str) -> Shape:
    """Compile the selection of the field nodes in ``nodes``.

    Raises Uncommon if a field is not declared, if a directive is used, or if a permission is missing.
    """
    key = (kind.name, alias, *map(id, nodes))
    shape = plan.selections.get(key)
    if not isinstance(shape, Shape):
        try:
            shape = compiled(plan, kind, nodes, alias)
        except Uncommon:
            shape = Shape("")
        plan.selections[key] = shape
    if not shape.keys or not shape.needs <= plan.principal.permissions:
        raise Uncommon
    return shape


def compiled(plan: ReadPlan, kind: GraphQLObjectType, nodes: Sequence[FieldNode], alias: str) -> Shape:
    """Compile a selection. The caller caches the result and checks the permissions."""
    return _Maker(plan).shape(kind, nodes, alias)


class _Maker:
    def __init__(self, plan: ReadPlan) -> None:
        self.plan = plan
        self.aliases = 0

    def shape(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode], alias: str) -> Shape:
        declared = fields_of(kind)
        if declared is None:
            raise Uncommon
        shape = Shape(alias)
        later: list[tuple[str, One, list[FieldNode]]] = []
        for key, below in fields_below(self.plan, kind, nodes).items():
            name = below[0].name.value
            shape.keys.append(key)
            if name == "__typename":
                shape.columns.append("NULL")
                shape.shows.append((key, _constant(kind.name)))
                continue
            found = declared.get(name)
            if found is None:
                raise Uncommon
            entry = loader_of(kind, name)
            if entry is not None:
                shape.needs.add(entry.permission)
            self._add(shape, kind, key, below, found, later)
        for key, one, below in later:
            self._join(shape, key, one, below)
        for part in shape.parts:
            if part.below.own is not None:
                self._own(shape, part.key, part.below.own(self._selected(part.kind, part.nodes), shape.alias))
        return shape

    def _own(self, shape: Shape, key: str, wanted: ColumnSelection) -> None:
        at = len(shape.columns)
        shape.columns += wanted.columns
        shape.joins += [wanted.joins] if wanted.joins else []
        shape.times += [at + place for place in wanted.times]
        shape.owned.append((key, at, len(shape.columns)))

    def _selected(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> Selected:
        return Selected(self.plan, kind.fields[nodes[0].name.value].type, nodes, {})

    def _add(  # noqa: PLR0917 - a field and where it goes
        self,
        shape: Shape,
        kind: GraphQLObjectType,
        key: str,
        nodes: list[FieldNode],
        found: Column | Made | One | Below,
        later: list[tuple[str, One, list[FieldNode]]],
    ) -> None:
        if isinstance(found, One):
            # The related object's id takes its place until the row is built.
            shape.columns.append("")
            later.append((key, found, nodes))
            return
        returns = kind.fields[nodes[0].name.value].type
        if isinstance(found, Below):
            shape.needs |= found.needs(self._selected(kind, nodes))
            shape.parts.append(NestedRead(key, len(shape.columns), found, kind, nodes, _literals(kind, nodes[0])))
            shape.columns.append(found.key.format(shape.alias))
            return
        if get_named_type(returns).name == _TIME:
            shape.times.append(len(shape.columns))
        shape.columns.append(found.sql.format(shape.alias))
        if isinstance(found, Made):
            below = get_named_type(returns)
            if not isinstance(below, GraphQLObjectType):
                raise Uncommon
            _require_plain(self.plan, below, nodes)
            shape.shows.append((key, _made(found.make, Compiler(self.plan).object(below, nodes))))
        elif found.show is not None:
            shape.shows.append((key, found.show))
        elif not _is_as_it_is(returns):
            raise Uncommon

    def _join(self, shape: Shape, key: str, one: One, nodes: list[FieldNode]) -> None:
        self.aliases += 1
        alias = f"n{self.aliases}"
        shape.joins.append(one.join.format(new=alias, old=shape.alias))
        kind = self.plan.schema.type_map[one.of]
        if not isinstance(kind, GraphQLObjectType):
            raise Uncommon
        below = self.shape(kind, nodes, alias)
        shape.columns[shape.keys.index(key)] = f"{alias}.id::text"
        at = len(shape.columns)
        shape.ones.append((key, at, below))
        shape.columns += below.columns
        shape.times += [at + place for place in below.times]
        shape.joins += below.joins
        shape.needs |= below.needs


def fields_below(plan: ReadPlan, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> dict[str, list[FieldNode]]:
    """Return the fields that these nodes select, by response key. Raises Uncommon if a field has a directive."""
    for node in nodes:
        if node.selection_set is not None:
            _require_no_directives(plan, node.selection_set)
    return dict(plan.collect(kind, nodes))


def _require_no_directives(plan: ReadPlan, selection: SelectionSetNode) -> None:
    for node in selection.selections:
        if node.directives:
            raise Uncommon
        if not isinstance(node, FieldNode):
            _require_no_directives(plan, fragment_of(node, plan.fragments).selection_set)


def _require_plain(plan: ReadPlan, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> None:
    # Raises Uncommon otherwise.
    for below in fields_below(plan, kind, nodes).values():
        name = below[0].name.value
        if name != "__typename" and below[0].selection_set is not None:
            named = get_named_type(kind.fields[name].type)
            if not isinstance(named, GraphQLObjectType):
                raise Uncommon
            _require_plain(plan, named, below)


def _literals(kind: GraphQLObjectType, node: FieldNode) -> dict[str, object] | None:
    # None if they contain variables, which differ between requests.
    if any(_uses_variable(argument.value) for argument in node.arguments or ()):
        return None
    try:
        return get_argument_values(kind.fields[node.name.value], node)
    except GraphQLError:
        return None  # each request gets this error


def _uses_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_uses_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_uses_variable(one.value) for one in value.fields)
    return isinstance(value, VariableNode)


def _is_as_it_is(returns: GraphQLOutputType) -> bool:
    kind = get_nullable_type(returns)
    return is_leaf_type(kind) and not isinstance(kind, GraphQLEnumType) and kind.name in AS_THEY_ARE


def _constant(value: object) -> Show:
    return lambda _nothing: value


def _made(make: Show, complete: Show) -> Show:
    return lambda value: None if value is None else complete(make(value))
