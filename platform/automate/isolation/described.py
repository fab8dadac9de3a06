"""The types, fields and arguments of a GraphQL API, read by introspection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_objects, as_text, optional_text

_OF = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
_VALUE = f"name defaultValue type {{ {_OF} }}"
INTROSPECTION = f"""
{{ __schema {{
  queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
  types {{ kind name isOneOf possibleTypes {{ name }} enumValues(includeDeprecated: true) {{ name }} inputFields {{ {_VALUE} }}
    fields(includeDeprecated: true) {{ name type {{ {_OF} }} args {{ {_VALUE} }} }} }} }} }}"""


@dataclass(frozen=True)
class TypeRef:
    """A type."""

    name: str
    """The name of the innermost type."""
    text: str
    """As a variable declares it, such as ``[ID!]!``."""

    @property
    def required(self) -> bool:
        return self.text.endswith("!")

    @property
    def many(self) -> bool:
        return self.text.startswith("[")


@dataclass(frozen=True)
class Argument:
    """An argument of a field, or a field of an input type."""

    name: str
    type: TypeRef
    has_default: bool

    @property
    def needed(self) -> bool:
        return self.type.required and not self.has_default


@dataclass(frozen=True)
class DescribedField:
    name: str
    type: TypeRef
    arguments: Sequence[Argument]


@dataclass(frozen=True)
class DescribedType:
    """A type of a GraphQL schema."""

    name: str
    kind: str
    one_of: bool
    fields: Mapping[str, DescribedField]
    inputs: Sequence[Argument]
    values: Sequence[str]
    possible: Sequence[str]

    @property
    def is_leaf(self) -> bool:
        return self.kind in {"SCALAR", "ENUM"}


@dataclass(frozen=True)
class DescribedSchema:
    """A GraphQL schema, as introspection describes it."""

    kinds: Mapping[str, DescribedType]
    query: str
    """The name of the root type of queries."""
    mutation: str | None
    """The name of the root type of mutations, or None."""
    subscription: str | None
    """The name of the root type of subscriptions, or None."""

    def objects(self) -> list[DescribedType]:
        return [kind for kind in self.kinds.values() if kind.kind in {"OBJECT", "INTERFACE"}]


def described(schema: JsonObject) -> DescribedSchema:
    """Parse the value of ``__schema``. The answer to the introspection query contains this value."""
    kinds = {
        as_text(one["name"]): _kind(one)
        for one in as_objects(schema["types"])
        if not as_text(one["name"]).startswith("__")
    }
    mutation, subscription = (
        optional_text(as_object(schema[f"{name}Type"] or {}).get("name")) for name in ("mutation", "subscription")
    )
    return DescribedSchema(kinds, as_text(as_object(schema["queryType"])["name"]), mutation, subscription)


def _kind(raw: JsonObject) -> DescribedType:
    return DescribedType(
        name=as_text(raw["name"]),
        kind=as_text(raw["kind"]),
        one_of=bool(raw.get("isOneOf")),
        fields={as_text(one["name"]): _field(one) for one in as_objects(raw["fields"] or [])},
        inputs=[_argument(one) for one in as_objects(raw["inputFields"] or [])],
        values=[as_text(one["name"]) for one in as_objects(raw["enumValues"] or [])],
        possible=[as_text(one["name"]) for one in as_objects(raw["possibleTypes"] or [])],
    )


def _field(raw: JsonObject) -> DescribedField:
    return DescribedField(as_text(raw["name"]), _type(raw["type"]), [_argument(one) for one in as_objects(raw["args"])])


def _argument(raw: JsonObject) -> Argument:
    return Argument(as_text(raw["name"]), _type(raw["type"]), raw["defaultValue"] is not None)


def _type(given: JsonValue) -> TypeRef:
    raw = as_object(given)
    if raw["kind"] == "NON_NULL":
        inner = _type(raw["ofType"])
        return TypeRef(inner.name, f"{inner.text}!")
    if raw["kind"] == "LIST":
        inner = _type(raw["ofType"])
        return TypeRef(inner.name, f"[{inner.text}]")
    name = as_text(raw["name"])
    return TypeRef(name, name)
