"""Creates serializers from the GraphQL schema. Serializers check input, and describe input and output."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    SelectionSetNode,
    Undefined,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    parse,
)
from rest_framework import serializers

from automate.kernel.json_values import JsonValue
from graphql_schema.schema import tenant_schema
from rest_api.fields import AnyField, AnyJson, Choice, FieldOption, NamedValue, Switch, Text, Timestamp, WholeNumber

SCHEMA = tenant_schema._schema  # noqa: SLF001 - graphql-core's
_PLAIN: Mapping[str, type[AnyField]] = {
    "ID": Text,
    "String": Text,
    "BigInt": Text,
    "DateTime": Timestamp,
    "JSON": AnyJson,
}
Bounds = Mapping[str, Mapping[str, JsonValue]]
"""Keywords of JSON Schema by the name of the field, such as ``{"reason": {"minLength": 1}}``."""
NO_CONTROLS: JsonValue = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"
"""The regular expression for a text without control characters, see ``kernel.text.check_text``."""
UNKNOWN = "There is no such field. Check its spelling, or leave it out."


def text_bounds(most: int, least: int = 0) -> Mapping[str, JsonValue]:
    """Return the keywords for a text of ``least`` to ``most`` characters that ``kernel.text.check_text`` accepts."""
    return {"minLength": least, "maxLength": most, "pattern": NO_CONTROLS}


class Strict(serializers.Serializer[object]):
    """A serializer that refuses unknown fields."""

    bounds: ClassVar[Bounds] = {}
    """Keywords of JSON Schema for fields, for the OpenAPI document. GraphQL checks the values."""

    def to_internal_value(self, data: object) -> FieldOption:
        """Convert a body. Raises ValidationError for an invalid value, and for a field that the serializer does not have."""
        unknown = {name: [UNKNOWN] for name in data if name not in self.fields} if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **unknown}) from None  # type: ignore[dict-item] # Django REST framework types details as a list or a dict
        if unknown:
            raise serializers.ValidationError(unknown)
        return value


def shown_as(name: str, type_name: str, selection: str) -> type[serializers.Serializer[object]]:
    # `name` is its name in the OpenAPI document.
    kind = SCHEMA.type_map[type_name]
    (operation,) = parse(selection).definitions
    if not isinstance(kind, GraphQLObjectType):
        raise TypeError(f"{type_name} has no fields")
    return _object(name, kind, operation.selection_set)  # type: ignore[attr-defined] # graphql-core types a document's parts as any definition


def _object(name: str, kind: GraphQLObjectType, selection: SelectionSetNode) -> type[serializers.Serializer[object]]:
    fields: dict[str, AnyField] = {}
    for node in selection.selections:
        if not isinstance(node, FieldNode):
            raise TypeError("selections of REST are written out, without fragments")
        field = kind.fields[node.name.value]
        # ``@include`` leaves the field out for some callers.
        options = {"help_text": field.description or "", "required": not node.directives, "read_only": False}
        fields[node.name.value] = _shown(f"{name}{_capital(node.name.value)}", field.type, node, options)
    return type(name, (serializers.Serializer,), {**fields, "__doc__": kind.description or ""})


def _shown(name: str, kind: GraphQLOutputType, node: FieldNode, options: dict[str, FieldOption]) -> AnyField:
    nullable = not isinstance(kind, GraphQLNonNull)
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if nullable:
        options = {**options, "allow_null": True}
    if isinstance(inner, GraphQLList):
        return serializers.ListField(child=_shown(name, inner.of_type, node, {}), **options)
    if isinstance(inner, GraphQLObjectType):
        return _object(name, inner, node.selection_set)(**options)  # type: ignore[arg-type] # the field is an object, so that it has a selection
    return _leaf(inner, options, from_text=False)


def taken_as(name: str, type_name: str, *, without: Collection[str] = (), bounds: Bounds | None = None) -> type[Strict]:
    # `without`: fields of the input that do not come from the body.
    kind = SCHEMA.type_map[type_name]
    if not isinstance(kind, GraphQLInputObjectType):
        raise TypeError(f"{type_name} is no input")
    fields = {
        field: given(
            entry.type, entry.description, required=is_required_input_field(entry), default=entry.default_value
        )
        for field, entry in kind.fields.items()
        if field not in without
    }
    return type(name, (Strict,), {**fields, "bounds": bounds or {}, "__doc__": kind.description or ""})


def parameters_of(field: str, *, without: Collection[str]) -> dict[str, AnyField]:
    # Each field of `filter` becomes a parameter.
    root = SCHEMA.query_type
    if root is None:
        raise TypeError("the schema has no queries")
    found: dict[str, AnyField] = {}
    for name, argument in root.fields[field].args.items():
        if name in without:
            continue
        if name == "filter":
            found |= filters_of(get_named_type(argument.type).name)
        else:
            required = is_required_argument(argument)
            found[name] = given(
                argument.type, argument.description, required=required, default=argument.default_value, from_text=True
            )
    return found


def filters_of(type_name: str) -> dict[str, AnyField]:
    kind = SCHEMA.type_map[type_name]
    if not isinstance(kind, GraphQLInputObjectType):
        raise TypeError(f"{type_name} is no input")
    return {
        name: given(entry.type, entry.description, required=False, from_text=True)
        for name, entry in kind.fields.items()
    }


def given(
    kind: GraphQLInputType,
    description: str | None,
    *,
    required: bool,
    default: object = Undefined,
    from_text: bool = False,
) -> AnyField:
    """Create a field for a value of a GraphQL input type."""
    options: dict[str, FieldOption] = {"help_text": description or "", "required": required}
    if not isinstance(kind, GraphQLNonNull) and not from_text:
        options["allow_null"] = True
    if default is not Undefined and default is not None and isinstance(default, str | int | bool):
        options["help_text"] = f"{options['help_text']} Default: {default}.".strip()
    return _given(kind, options, from_text=from_text)


def _given(kind: GraphQLInputType, options: dict[str, FieldOption], *, from_text: bool) -> AnyField:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(inner, GraphQLList):
        if from_text:
            # A query string cannot contain an empty list.
            options["min_length"] = 1
        return serializers.ListField(child=_given(inner.of_type, {}, from_text=from_text), **options)
    if isinstance(inner, GraphQLInputObjectType):
        if not from_text or set(inner.fields) != {"name", "value"}:
            raise TypeError(f"REST takes no {inner.name}: write its fields out")
        return NamedValue(**options)
    return _leaf(inner, options, from_text=from_text)


def _leaf(kind: object, options: dict[str, FieldOption], *, from_text: bool) -> AnyField:
    if isinstance(kind, GraphQLEnumType):
        return Choice(choices=[(name, name) for name in kind.values], **options)
    if not isinstance(kind, GraphQLScalarType):
        raise TypeError(f"{kind} is no leaf")
    if kind.name in {"Int", "Boolean"}:
        return (WholeNumber if kind.name == "Int" else Switch)(from_text=from_text, **options)
    return _PLAIN[kind.name](**options)


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
