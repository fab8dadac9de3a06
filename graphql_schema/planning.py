"""Loads related rows for whole lists of parents. The number of SQL statements depends only on the document."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLSkipDirective,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)
from graphql.execution.values import get_argument_values, get_directive_values
from strawberry import Schema

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal
from automate.kernel.text import api_name
from graphql_schema.context import Info
from graphql_schema.fragments import Fragment, fragment_of
from graphql_schema.loaded import Arguments, CoreValue, Selections, Shown
from graphql_schema.payloads import PayloadBytes
from graphql_schema.permissions import forbidden

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

T = TypeVar("T")
Make = TypeVar("Make", bound=Callable[..., object])
Row_co = TypeVar("Row_co", covariant=True)
Fields = Mapping[str, list[FieldNode]]
ROOTS = frozenset({"Query", "Mutation", "Subscription"})
DEFINITION = "strawberry-definition"
"""The key under which strawberry stores the Python definition of a graphql-core type."""


class Of(Protocol[Row_co]):
    """An object that was made from a row. The type of the object belongs to the schema."""

    @property
    def row(self) -> Row_co: ...


@dataclass(frozen=True)
class Selected:
    """A field that the query selects. The field has arguments and a selection of further fields."""

    plan: ReadPlan
    returns: GraphQLOutputType
    """The type of the field, including lists and non-nulls."""
    nodes: list[FieldNode]
    arguments: Arguments

    @property
    def type(self) -> GraphQLNamedType:
        named: GraphQLNamedType = get_named_type(self.returns)
        return named

    @cached_property
    def make(self) -> Callable[..., object]:
        """The function that makes an object of this field's type from a row. For a connection, it makes a node."""
        # Types lead to each other in circles, so a loader does not import the type of its objects.
        kind = self.type
        for inner in ("edges", "node"):
            if isinstance(kind, GraphQLObjectType) and inner in kind.fields:
                kind = get_named_type(kind.fields[inner].type)
        make: Callable[..., object] = kind.extensions[DEFINITION].origin.__made_by__
        return make

    def wants(self, *path: str) -> bool:
        """Return whether the query selects this path of fields. An example is ``wants("edges", "node", "event")``."""
        return bool(self.below(*path)[1])

    def below(self, *path: str) -> tuple[GraphQLNamedType, list[FieldNode]]:
        """Return the type of the last field in a path, and all places at which the query selects this field."""
        nodes, kind = self.nodes, self.type
        for name in path:
            if not isinstance(kind, GraphQLObjectType) or name not in kind.fields:
                return kind, []
            nodes = [n for found in self.plan.collect(kind, nodes).values() for n in found if n.name.value == name]
            kind = get_named_type(kind.fields[name].type)
        return kind, nodes


Loader = Callable[[Sequence[Shown], Selected], Iterable[object]]


@dataclass(frozen=True)
class FieldLoader:
    """The loader of a field, and the permission that the field requires."""

    load: Loader
    """Takes the parents, and returns one value for each of them in the same order."""
    permission: str


LOADER = "automate-loader"
"""The key under which a field stores its FieldLoader: in the metadata of strawberry, and in the extensions of graphql-core."""


def planned(load: Loader, permission: str) -> Callable[[StrawberryField], StrawberryField]:
    """Name the loader of a field, and the permission that callers need for the field. Not for root fields."""

    def declare(field: StrawberryField) -> StrawberryField:
        field.metadata = MappingProxyType({**(field.metadata or {}), LOADER: FieldLoader(load, permission)})
        return field

    return declare


def makes(kind: type) -> Callable[[Make], Make]:
    """Register a function that makes objects of the type ``kind``. Loaders call this function as ``Selected.make``."""

    def declare(make: Make) -> Make:
        kind.__made_by__ = staticmethod(make)  # type: ignore[attr-defined] # an attribute of ours on a class of strawberry
        return make

    return declare


def loader_of(kind: GraphQLObjectType, name: str) -> FieldLoader | None:
    """Return the loader of a field. None for a plain field, and for ``__typename``."""
    field = kind.fields.get(name)
    found: FieldLoader | None = field.extensions.get(LOADER) if field is not None else None
    return found


def place_loaders(schema: Schema) -> None:
    """Give each field of a built schema its loader. Raises TypeError for a field whose resolver would never run."""
    # Objects below a root field are completed by loaders, without calling resolvers. So resolvers, extensions and permission
    # classes of their fields are refused with TypeError.
    kinds = [kind for kind in schema._schema.type_map.values() if isinstance(kind, GraphQLObjectType)]  # noqa: SLF001
    for kind in kinds:
        if DEFINITION not in kind.extensions or kind.name in ROOTS:
            continue
        for field in kind.extensions[DEFINITION].fields:
            called = schema.config.name_converter.get_graphql_name(field)
            if field.extensions or field.permission_classes:
                raise TypeError(
                    f"{kind.name}.{called} has a field extension or a permission class, which planned reads do not run. Name "
                    "the permission in its `@planned`, and check the rest in its loader."
                )
            loader = (field.metadata or {}).get(LOADER)
            if loader is not None:
                kind.fields[called].extensions[LOADER] = loader
            elif field.base_resolver is not None:
                raise TypeError(
                    f"{kind.name}.{called} has a resolver and no loader. Name its loader with `@planned(load, permission)`."
                )


def prefetched(parent: Shown, info: Info) -> Shown:
    """Return the loaded value of this field. Raises the NormalizedError of a failed load."""
    value = parent.loaded[info.path.key]
    if isinstance(value, NormalizedError):
        raise value
    return value


@dataclass(frozen=True)
class ReadPlan:
    schema: GraphQLSchema
    fragments: Mapping[str, CoreValue]
    variables: CoreValue
    principal: Principal
    payload_bytes: PayloadBytes
    memo: dict[object, Shown] = dataclasses.field(default_factory=dict)
    """Values that the loaders below one root field share."""
    selections: Selections = dataclasses.field(default_factory=dict)
    """Compiled selections of the document, see ``graphql_schema.straight``. They are dropped together with the
    document, because their keys are the ids of its nodes.
    """

    def collect(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Fields:
        """Return the selected fields of one object type, grouped by response key."""
        fields: dict[str, list[FieldNode]] = defaultdict(list)
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                self._collect(kind, node.selection_set, fields, seen)
        return fields

    def _collect(
        self, kind: GraphQLObjectType, selection: SelectionSetNode, fields: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for node in selection.selections:
            if node.directives and not self._included(node):
                continue
            if isinstance(node, FieldNode):
                fields[(node.alias or node.name).value].append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in seen:
                    continue
                seen.add(name)
            fragment = fragment_of(node, self.fragments)
            if self._applies(fragment, kind):
                self._collect(kind, fragment.selection_set, fields, seen)

    def _included(self, node: CoreValue) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def _applies(self, fragment: Fragment, kind: GraphQLObjectType) -> bool:
        condition = fragment.type_condition
        if condition is None:
            return True
        named = self.schema.get_type(condition.name.value)
        return named is kind or (is_abstract_type(named) and self.schema.is_sub_type(named, kind))

    def fill(self, kind: GraphQLNamedType, values: Iterable[object], nodes: list[FieldNode]) -> None:
        """Load all data that the operation selects below ``values``. Each step loads one level of the selection."""
        groups: dict[str, list[object]] = defaultdict(list)
        for value in _flat(values):
            groups[kind.name if isinstance(kind, GraphQLObjectType) else own_name(value)].append(value)
        for name, parents in groups.items():
            concrete = self.schema.type_map[name]
            if isinstance(concrete, GraphQLObjectType):
                self._fill_objects(concrete, parents, nodes)

    def _fill_objects(self, kind: GraphQLObjectType, parents: list[object], nodes: list[FieldNode]) -> None:
        for key, below in self.collect(kind, nodes).items():
            name = below[0].name.value
            entry = loader_of(kind, name)
            if entry is not None:
                values = self._load(kind, parents, key, below, entry)
            elif below[0].selection_set is not None and name in kind.fields:
                parent_type: type = type(parents[0])
                attribute = attribute_of(parent_type, name)
                values = [getattr(parent, attribute) for parent in parents]
            else:
                continue
            if below[0].selection_set is not None:
                self.fill(get_named_type(kind.fields[name].type), values, below)

    def _load(
        self, kind: GraphQLObjectType, parents: list[Shown], key: str, nodes: list[FieldNode], entry: FieldLoader
    ) -> list[object]:
        field = kind.fields[nodes[0].name.value]
        if entry.permission not in self.principal.permissions:
            values: list[object] = [forbidden(entry.permission, self.principal)] * len(parents)
        else:
            arguments = get_argument_values(field, nodes[0], self.variables)
            try:
                values = list(entry.load(parents, Selected(self, field.type, nodes, arguments)))
            except NormalizedError as error:
                values = [error] * len(parents)
        for parent, value in zip(parents, values, strict=True):
            parent.loaded[key] = value
        return values


def plan_of(raw: CoreValue) -> ReadPlan:
    """Return the plan of an operation. ``raw`` is the info object of graphql-core."""
    caller = raw.context
    return ReadPlan(
        raw.schema,
        raw.fragments,
        raw.variable_values,
        caller.principal,
        caller.payload_bytes,
        selections=caller.selections,
    )


def selected(info: Info) -> Selected:
    """Return the field that is being resolved, with its selection."""
    raw = info._raw_info  # noqa: SLF001 - strawberry offers no other way to the document
    plan = plan_of(raw)
    nodes = list(raw.field_nodes)
    arguments = get_argument_values(raw.parent_type.fields[raw.field_name], nodes[0], raw.variable_values)
    return Selected(plan, raw.return_type, nodes, arguments)


def load_selection(info: Info, value: T) -> T:
    """Load the data of all fields that the query selects below ``value``, and return ``value``."""
    field = selected(info)
    field.plan.fill(field.type, [value], field.nodes)
    return value


def _flat(values: Iterable[object]) -> Iterable[object]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        elif value is not None and not isinstance(value, NormalizedError):
            yield value


def own_name(value: object) -> str:
    return own_name_of(type(value))


def own_name_of(kind: type) -> str:
    name: str = kind.__strawberry_definition__.name  # type: ignore[attr-defined] # strawberry's decorator adds it
    return name


@lru_cache(maxsize=1024)
def attribute_of(kind: type, graphql_name: str) -> str:
    """Return the Python attribute of a field without a resolver. Raises LookupError for a field with a resolver."""
    for field in kind.__strawberry_definition__.fields:  # type: ignore[attr-defined] # strawberry's decorator adds it
        if graphql_name == (field.graphql_name or api_name(field.python_name)) and field.base_resolver is None:
            return str(field.python_name)
    raise LookupError(f"{kind.__name__} has no plain field {graphql_name}")
