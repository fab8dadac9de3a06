"""Builds the JSON of loaded objects with compiled functions. graphql-core executes the uncommon cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_abstract_type,
    is_leaf_type,
)
from graphql.pyutils import Path

from automate.kernel.errors import NormalizedError
from graphql_schema.loaded import CoreValue, Shown
from graphql_schema.planning import ReadPlan, attribute_of, loader_of, own_name, plan_of

try:
    from graphql.execution import Executor

    EXECUTOR_ARGUMENT = "executor_class"
except ImportError:  # graphql-core 3.2 has other names
    from graphql.execution import ExecutionContext as Executor  # type: ignore[attr-defined, no-redef] # graphql-core 3.2 names its executor so

    EXECUTOR_ARGUMENT = "execution_context_class"

AS_THEY_ARE = frozenset({"ID", "String", "Int", "Boolean", "JSON", "DateTime"})
"""Scalars whose Python values the JSON encoder can write without a conversion. This makes the encoding of DateTime
values ten times faster.
"""


@dataclass(frozen=True)
class Completed:
    """The complete JSON data of a root field."""

    data: dict[str, object]


class Uncommon(Exception):  # noqa: N818 - not an error: graphql-core takes over
    """Raised if the compiled functions cannot convert a value to JSON. Then graphql-core converts the value."""


Builder = Callable[[Shown], object]


class Compiler:
    """Compiles the selections of one operation."""

    def __init__(self, plan: ReadPlan) -> None:
        self.plan = plan

    def object(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Builder:
        """Compile the selection of an object type to a function that turns an object into JSON."""
        steps: list[tuple[str, Builder]] = []
        for key, below in self.plan.collect(kind, nodes).items():
            name = below[0].name.value
            if name == "__typename":
                steps.append((key, _constant(kind.name)))
                continue
            value = self.value(kind.fields[name].type, below)
            if loader_of(kind, name) is not None:
                steps.append((key, _child(key, value)))
            else:
                steps.append((key, _field(name, value)))

        def build(parent: object) -> dict[str, object]:
            return {key: step(parent) for key, step in steps}

        return build

    def value(self, kind: GraphQLOutputType, nodes: Sequence[FieldNode]) -> Builder | None:
        """Compile a field: return a function that converts the value of the field to JSON."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self._present(kind.of_type, nodes))
        return _optional(self._present(kind, nodes))

    def _present(self, kind: GraphQLOutputType, nodes: Sequence[FieldNode]) -> Builder | None:
        if isinstance(kind, GraphQLList):
            return _list(self.value(kind.of_type, nodes))
        if is_leaf_type(kind):
            return _leaf(kind)
        if isinstance(kind, GraphQLObjectType):
            return self.object(kind, nodes)
        if is_abstract_type(kind):
            return self._abstract(nodes)
        raise Uncommon

    def _abstract(self, nodes: Sequence[FieldNode]) -> Builder:
        known: dict[str, Builder] = {}

        def build(value: object) -> object:
            name = own_name(value)
            if name not in known:
                kind = self.plan.schema.type_map[name]
                if not isinstance(kind, GraphQLObjectType):
                    raise Uncommon
                known[name] = self.object(kind, nodes)
            return known[name](value)

        return build


def _constant(value: object) -> Builder:
    return lambda _parent: value


def _child(key: str, value: Builder | None) -> Builder:
    def build(parent: Shown) -> object:
        loaded = parent.loaded[key]
        if isinstance(loaded, NormalizedError):
            raise Uncommon
        return loaded if value is None else value(loaded)

    return build


def _field(name: str, value: Builder | None) -> Builder:
    attributes: dict[type, str] = {}

    def build(parent: object) -> object:
        of: type = type(parent)
        attribute = attributes.get(of)
        if attribute is None:
            attribute = attributes[of] = attribute_of(of, name)
        found = getattr(parent, attribute)
        return found if value is None else value(found)

    return build


def _required(value: Builder | None) -> Builder:
    def build(found: object) -> object:
        if found is None:
            raise Uncommon
        return found if value is None else value(found)

    return build


def _optional(value: Builder | None) -> Builder | None:
    if value is None:
        return None
    return lambda found: None if found is None else value(found)


def _list(value: Builder | None) -> Builder:
    if value is None:
        return list
    return lambda found: [value(item) for item in found]


def _leaf(kind: GraphQLLeafType) -> Builder | None:
    if kind.name in AS_THEY_ARE:
        return None
    if isinstance(kind, GraphQLEnumType):
        return lambda found: found.name
    return kind.serialize


class PlannedExecutor(Executor):  # type: ignore[type-arg] # graphql-core's executor is generic only since 3.3
    """An executor of graphql-core that uses compiled functions where possible."""

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        details: CoreValue,
        info: CoreValue,
        path: Path,
        result: object,
        *rest: CoreValue,
    ) -> CoreValue:
        if type(result) is Completed:
            return result.data
        under_root = path.prev is None or (path.prev.prev is None and isinstance(path.key, int))
        if under_root and hasattr(type(result), "__strawberry_definition__"):
            # graphql-core 3.3 wraps a field's nodes, 3.2 does not.
            nodes = [getattr(detail, "node", detail) for detail in details]
            try:
                return Compiler(plan_of(info)).object(return_type, nodes)(result)
            except Uncommon:
                pass
        return super().complete_object_value(return_type, details, info, path, result, *rest)

    def build_per_event_executor(self, payload: object) -> CoreValue:
        """Return an executor for one event of a subscription. The executor starts with an empty cache."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001 - graphql-core offers no public way
        return executor
