"""Values for the arguments of GraphQL fields."""

from __future__ import annotations

import base64
import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from automate.isolation.described import Argument, DescribedField, DescribedSchema, TypeRef
from automate.kernel.json_values import JsonObject, JsonValue

CURSORS = frozenset({"after", "before"})
DEPTH = 4
"""The depth of nested inputs."""
PER_NAME = 3
"""The number of values of one name that are tried."""
PAGE = 3
PLAIN: JsonObject = {
    "Int": 1,
    "BigInt": 1,
    "Decimal": "1.50",
    "Float": 1.0,
    "Boolean": True,
    "JSON": {},
    "DateTime": "2030-01-01T00:00:00Z",
    "String": "isolation-probe",
    "ID": "isolation-probe",
}
"""By scalar. Other scalars cannot be generated."""
NAMED: JsonObject = {
    "first": PAGE,
    "last": PAGE,
    "document": "{ __typename }",
    "url": "https://receiver.example.com/hook",
    "when": True,
    "steps": [],
    "definition": {"schema": 1, "steps": [{"key": "a", "uses": "log.write", "with": {"message": "probe"}}]},
    "scopes": ["view_runs"],
    "allowedIps": ["127.0.0.0/8"],
    "expression": "0 0 * * *",
}
"""By the name of the argument. These arguments would refuse a plain value before any lookup."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class CannotGenerateError(ValueError):
    """Raised if the isolation report cannot generate a value for the type of an argument."""


@dataclass
class KnownValues:
    """The ids, names and other values that a tenant sees in its own data."""

    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By type."""
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By field name."""
    cursors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By root field."""

    def add_all(self, value: JsonValue, root: str) -> None:
        """Record the ids, cursors and texts that an answer contains. ``root`` is the root field of the query."""
        if isinstance(value, list):
            for one in value:
                self.add_all(one, root)
        if not isinstance(value, dict):
            return
        row_id, kind = value.get("id"), value.get("__typename")
        if isinstance(row_id, str) and isinstance(kind, str):
            _add(self.ids[kind], row_id)
        for name, inner in value.items():
            if name in {"cursor", "endCursor", "startCursor"} and isinstance(inner, str):
                _add(self.cursors[root], inner)
            elif isinstance(inner, str) and inner and name != "__typename":
                _add(self.texts[name], inner)
            else:
                self.add_all(inner, root)

    def forget(self, others: KnownValues) -> None:
        """Remove a text from these values if the values of another tenant, ``others``, contain the same text.

        A text that both tenants have does not prove a leak.
        """
        shared = {text for texts in others.texts.values() for text in texts}
        for name, texts in self.texts.items():
            self.texts[name] = [text for text in texts if text not in shared]

    def needles(self) -> set[str]:
        """Return the texts that identify objects of this tenant: ids and names."""
        found = {one for ids in self.ids.values() for one in ids}
        return found | {raw for one in found if (raw := bare(one))}


@dataclass(frozen=True)
class Leaf:
    """One scalar value in the arguments of a field, and the path of this value."""

    path: tuple[str, ...]
    type: TypeRef

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass(frozen=True)
class Naming:
    """Two values for one argument: a value of the attacked tenant, and a value of the same form that no tenant has."""

    leaf: Leaf
    kind: str
    foreign: JsonValue
    unknown: JsonValue


def bare(global_id: str) -> str:
    """Return the UUID inside a global id. Return "" for an id without a UUID."""
    try:
        found = _UUID.search(base64.b64decode(global_id, validate=True).decode())
    except ValueError:
        return ""
    return found[0] if found else ""


def leaves(schema: DescribedSchema, arguments: Sequence[Argument], path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Yield each place in a field's arguments that has a scalar value."""
    for one in arguments:
        kind, here = schema.kinds[one.type.name], (*path, one.name)
        if kind.is_leaf:
            yield Leaf(here, one.type)
        elif len(here) <= DEPTH:
            yield from leaves(schema, kind.inputs, here)


def plain(schema: DescribedSchema, arguments: Sequence[Argument]) -> dict[str, JsonValue]:
    """Return harmless values for the required arguments."""
    return {
        one.name: _plain(schema, one) for one in arguments if one.needed or (one.name == "first" and not one.needed)
    }


def with_value(
    schema: DescribedSchema, arguments: Sequence[Argument], leaf: Leaf, value: JsonValue
) -> dict[str, JsonValue]:
    # An input with @oneOf contains only this value.
    given = plain(schema, arguments)
    _put(schema, arguments, given, leaf.path, value)
    return given


def namings(
    schema: DescribedSchema, root: DescribedField, theirs: KnownValues, names: Sequence[str]
) -> Iterator[Naming]:
    """Yield the inputs that name objects of a tenant. ``theirs`` contains the ids, names and cursors of this tenant.

    Raises CannotGenerateError for an unknown scalar.
    """
    for leaf in leaves(schema, root.arguments):
        kind = schema.kinds[leaf.type.name]
        if kind.kind == "ENUM":
            continue
        if kind.name not in PLAIN:
            raise CannotGenerateError(f"{root.name}: {'.'.join(leaf.path)} is of the scalar {kind.name}")
        if kind.name == "ID":
            yield from _ids(leaf, root, theirs)
        elif kind.name == "String":
            yield from _texts(leaf, root, theirs, names)
        elif kind.name == "JSON":
            yield from (Naming(leaf, "JSON", _mentioning(text), _mentioning(unlike(text))) for text in names)


def _texts(leaf: Leaf, root: DescribedField, theirs: KnownValues, names: Sequence[str]) -> Iterator[Naming]:
    if leaf.name in CURSORS and len(leaf.path) == 1:
        for cursor in theirs.cursors.get(root.name, [])[:PER_NAME]:
            yield Naming(leaf, "cursors", cursor, _damaged(cursor))
        return
    for text in dict.fromkeys([*theirs.texts.get(leaf.name, [])[:PER_NAME], *names]):
        yield Naming(leaf, "names and filters", text, unlike(text))


def _add(values: list[str], value: str) -> None:
    if value not in values:
        values.append(value)


def _ids(leaf: Leaf, root: DescribedField, theirs: KnownValues) -> Iterator[Naming]:
    wanted = _wanted(leaf, root)
    fitting = [name for name in theirs.ids if name.lower().endswith(wanted)] or list(theirs.ids)
    for name in fitting:
        for one in theirs.ids[name][:1]:
            missing, raw = str(uuid.uuid4()), bare(one)
            if raw:
                yield Naming(leaf, "ids", one, base64.b64encode(f"{name}:{missing}".encode()).decode())
            yield Naming(leaf, "ids", raw or one, missing)


def _wanted(leaf: Leaf, root: DescribedField) -> str:
    # Guessed from the name of the argument, such as "run" from `runs`: the end of possible names of types.
    name = leaf.name.lower()
    if name == "id":
        return root.type.name.lower()
    return name.removesuffix("ies") + "y" if name.endswith("ies") else name.removesuffix("s")


def unlike(text: str) -> str:
    """Return a new text of the same form as ``text``. The new text probably belongs to no object."""
    parsed = _UUID.fullmatch(text)
    if parsed:
        return str(uuid.uuid4())
    turned = {"a": "e", "e": "a", "b": "d", "d": "b", "0": "9", "9": "0", "c": "f", "f": "c", "1": "7", "7": "1"}
    changed = "".join(turned.get(one, turned.get(one.lower(), one).upper() if one.isupper() else one) for one in text)
    return changed if changed != text else f"{text}x"


def _damaged(cursor: str) -> str:
    middle = len(cursor) // 2
    return cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]


def _mentioning(text: str) -> JsonValue:
    return {"workflow": text, "source": text, "workflows": [{"slug": text}], "var": f"secret:{text}"}


def _plain(schema: DescribedSchema, argument: Argument) -> JsonValue:
    value = _value(schema, argument)
    return [value] if argument.type.many and not isinstance(value, list) else value


def _value(schema: DescribedSchema, argument: Argument) -> JsonValue:
    kind = schema.kinds[argument.type.name]
    if argument.name in NAMED and kind.kind != "INPUT_OBJECT":
        return NAMED[argument.name]
    if kind.kind == "ENUM":
        return kind.values[0]
    if kind.kind == "INPUT_OBJECT":
        chosen = [kind.inputs[0]] if kind.one_of else [one for one in kind.inputs if one.needed]
        return {one.name: _plain(schema, one) for one in chosen}
    if kind.name not in PLAIN:
        raise CannotGenerateError(f"{argument.name} is of the scalar {kind.name}")
    return PLAIN[kind.name]


def _put(
    schema: DescribedSchema,
    arguments: Sequence[Argument],
    given: JsonObject,
    path: tuple[str, ...],
    value: JsonValue,
) -> None:
    (argument,) = [one for one in arguments if one.name == path[0]]
    if len(path) == 1:
        given[path[0]] = [value] if argument.type.many and not isinstance(value, list) else value
        return
    kind = schema.kinds[argument.type.name]
    inner: JsonObject = {}
    if not kind.one_of:
        inner = {one.name: _plain(schema, one) for one in kind.inputs if one.needed}
    _put(schema, kind.inputs, inner, path[1:], value)
    given[path[0]] = [inner] if argument.type.many else inner
