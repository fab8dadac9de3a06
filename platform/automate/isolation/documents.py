"""GraphQL documents that select every field of every type."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from automate.isolation.described import DescribedField, DescribedSchema, DescribedType
from automate.isolation.values import PAGE, plain
from automate.kernel.json_values import JsonValue

MOST_FRAGMENTS = 8
"""The maximum number of a union's or interface's types in one document. ``Node`` has more; each of its types has a
document."""
ArgumentPlace = tuple[str, str]
"""A type and one of its fields."""


@dataclass
class ProbeDocument:
    """A GraphQL document that the isolation report sends."""

    root: str
    """The name of its root field."""
    text: str
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    places: set[ArgumentPlace] = field(default_factory=set)
    """All selected fields."""


class Documents:
    """Generates GraphQL documents for a schema. Arguments get harmless values."""

    def __init__(self, schema: DescribedSchema) -> None:
        self._schema = schema
        self._ways = self._shortest_ways()

    def all_fields(self) -> Iterator[ProbeDocument]:
        """Yield one document for each type that a query can reach. A document selects all fields of its type."""
        for name, way in self._ways.items():
            kind = self._schema.kinds[name]
            if kind.kind != "OBJECT" or name == self._schema.query:
                continue
            yield self._along(way, kind)

    def reachable(self) -> set[ArgumentPlace]:
        """Return all fields of the types that a query can reach."""
        reached = {self._schema.query, *self._ways}
        return {
            (kind.name, name)
            for kind in self._schema.objects()
            if kind.name in reached and kind.kind == "OBJECT"
            for name in kind.fields
        }

    def of_root(
        self, kind: str, operation: str, root: DescribedField, values: Mapping[str, JsonValue]
    ) -> ProbeDocument:
        """Return a document with one root field."""
        used = [one for one in root.arguments if one.name in values]
        declared = ", ".join(f"${one.name}: {one.type.text}" for one in used)
        passed = ", ".join(f"{one.name}: ${one.name}" for one in used)
        places = {(kind, root.name)}
        body = self._selection(root.type.name, places, depth=2)
        head = f"{operation}({declared})" if declared else operation
        text = f"{head} {{ {root.name}{f'({passed})' if passed else ''} {body} }}"
        return ProbeDocument(root.name, text, dict(values), places)

    def _shortest_ways(self) -> dict[str, Sequence[ArgumentPlace]]:
        # A field with an interface or a union leads to each of its types.
        ways: dict[str, Sequence[ArgumentPlace]] = {}
        queue: deque[tuple[str, Sequence[ArgumentPlace]]] = deque([(self._schema.query, ())])
        while queue:
            name, way = queue.popleft()
            for one in self._schema.kinds[name].fields.values():
                for reached in (one.type.name, *self._schema.kinds[one.type.name].possible):
                    # The field ``node`` reaches all types, but each object only by its id.
                    if reached not in ways and not self._schema.kinds[reached].is_leaf and one.name != "node":
                        ways[reached] = (*way, (name, one.name))
                        queue.append((reached, ways[reached]))
        return ways

    def _along(self, way: Sequence[ArgumentPlace], kind: DescribedType) -> ProbeDocument:
        places = set(way)
        text = self._fields(kind, places, depth=1)
        last = kind.name
        for type_name, name in reversed(way):
            one = self._schema.kinds[type_name].fields[name]
            inner = text if one.type.name == last else f"{{ __typename ... on {last} {text} }}"
            identity = " id" if "id" in self._schema.kinds[type_name].fields and name != "id" else ""
            text = f"{{ __typename{identity} {one.name}{self._arguments(one)} {inner} }}"
            last = type_name
        return ProbeDocument(way[0][1], text, {}, places)

    def _selection(self, name: str, places: set[ArgumentPlace], depth: int) -> str:
        # Empty for a type without fields.
        kind = self._schema.kinds[name]
        if kind.is_leaf:
            return ""
        if not kind.possible:
            return self._fields(kind, places, depth)
        if len(kind.possible) > MOST_FRAGMENTS:
            return "{ __typename id }"
        taken: dict[str, str] = {}
        inner = " ".join(
            f"... on {one} {self._distinct(self._schema.kinds[one], places, taken)}" for one in kind.possible
        )
        return f"{{ __typename {inner} }}"

    def _distinct(self, kind: DescribedType, places: set[ArgumentPlace], taken: dict[str, str]) -> str:
        # A field with the same name and another type is omitted, because GraphQL refuses such a conflict.
        leaves = [one for one in kind.fields.values() if self._schema.kinds[one.type.name].is_leaf]
        chosen = [one for one in leaves if taken.setdefault(one.name, one.type.text) == one.type.text]
        places.update((kind.name, one.name) for one in chosen)
        return f"{{ __typename {' '.join(one.name for one in chosen)} }}"

    def _fields(self, kind: DescribedType, places: set[ArgumentPlace], depth: int) -> str:
        parts = ["__typename"]
        for one in kind.fields.values():
            inner_kind = self._schema.kinds[one.type.name]
            if inner_kind.is_leaf:
                places.add((kind.name, one.name))
                parts.append(f"{one.name}{self._arguments(one)}")
            elif depth > 0:
                # Edges do not count as a level.
                less = depth if kind.name.endswith(("Connection", "Payload")) else depth - 1
                places.add((kind.name, one.name))
                inner = self._selection(one.type.name, places, less)
                parts.append(f"{one.name}{self._arguments(one)} {inner}")
        return f"{{ {' '.join(parts)} }}"

    def _arguments(self, one: DescribedField) -> str:
        values = plain(self._schema, one.arguments)
        if any(argument.name == "first" for argument in one.arguments):
            values["first"] = PAGE
        written = ", ".join(
            f"{argument.name}: {literal(values[argument.name], self._schema, argument.type.name)}"
            for argument in one.arguments
            if argument.name in values
        )
        return f"({written})" if written else ""


def literal(value: JsonValue, schema: DescribedSchema, type_name: str) -> str:
    """Return a value in GraphQL's syntax."""
    kind = schema.kinds[type_name]
    if isinstance(value, list):
        return f"[{', '.join(literal(one, schema, type_name) for one in value)}]"
    if isinstance(value, dict):
        inner = {one.name: one.type.name for one in kind.inputs}
        return (
            "{"
            + ", ".join(f"{name}: {literal(one, schema, inner.get(name, 'JSON'))}" for name, one in value.items())
            + "}"
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and kind.kind != "ENUM":
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
