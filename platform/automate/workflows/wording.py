"""Translates the errors of JSON Schema into plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import jsonschema_rs

from automate.kernel.json_values import JsonValue, ReadableJson, as_object, as_objects, as_texts
from automate.kernel.problems import Problem
from automate.kernel.untyped import ErrorKind
from automate.workflows.problems import Path, did_you_mean, short
from automate.workflows.shapes import KINDS

_BOUNDS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "minItems": "must have at least {} entries",
    "minProperties": "must have at least {} fields",
    "maxItems": "must have at most {} entries",
    "maxProperties": "must have at most {} fields",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "uniqueItems": "must not name anything twice",
}

_NOT_EMPTY = frozenset({"minItems", "minProperties", "minLength"})
_ONE_OF_ITS_FIELDS = frozenset({"minProperties", "maxProperties"})


def humane(error: jsonschema_rs.ValidationError, prefix: Path, schema: Mapping[str, JsonValue]) -> Iterator[Problem]:
    path = (*prefix, *error.instance_path)
    kind: ErrorKind = error.kind
    part = _part(schema, error.schema_path)
    properties = as_object(part.get("properties", {}))
    if kind.name == "required":
        described = _described(properties.get(kind.property))
        yield Problem("INVALID_WORKFLOW", f'"{kind.property}" is missing{described}.', (*path, kind.property))
    elif kind.name in ("additionalProperties", "unevaluatedProperties"):
        for name in kind.unexpected:
            yield Problem("INVALID_WORKFLOW", _unexpected(name, properties), (*path, name))
    else:
        yield Problem("INVALID_WORKFLOW", f"{_name(path)} {_violation(kind, part, error.message)}.", path)


def _unexpected(name: str, known: Mapping[str, JsonValue]) -> str:
    listed = f" The fields are {', '.join(known)}." if known else ""
    return f'"{short(name)}" is not a field here.{did_you_mean(name, known) or listed}'


def _violation(kind: ErrorKind, part: Mapping[str, JsonValue], message: str) -> str:
    if kind.name in _BOUNDS:
        return _bound(kind, part)
    if kind.name == "type":
        return f"must be {' or '.join(KINDS.get(name, name) for name in kind.types)}"
    if kind.name in ("const", "enum"):
        options = [kind.expected_value] if kind.name == "const" else kind.options
        return f"must be {'one of ' if len(options) > 1 else ''}{', '.join(str(option) for option in options)}"
    if kind.name == "not" and "const" in (excluded := as_object(part.get("not", {}))):
        return f"must not be {excluded['const']}{_described(part)}"
    if kind.name in ("pattern", "format"):
        return f"does not have the expected form{_described(part) or f': {part.get(kind.name)}'}"
    return _one_of_names(kind, part) or f"is not accepted: {short(message, 200)}"


def one_of_names(error: jsonschema_rs.ValidationError, schema: Mapping[str, JsonValue]) -> str:
    return _one_of_names(error.kind, _part(schema, error.schema_path))


def _one_of_names(kind: ErrorKind, part: Mapping[str, JsonValue]) -> str:
    if kind.name == "oneOf":
        must, options = "must have exactly one of", part.get("oneOf")
    elif kind.name == "not":
        must, options = "can have only one of", as_object(part.get("not", {})).get("anyOf")
    else:
        return ""
    branches = as_objects(options or [])
    if not branches or any(branch.keys() != {"required"} for branch in branches):
        return ""
    names = dict.fromkeys(name for branch in branches for name in as_texts(branch["required"]))
    return f"{must} {', '.join(names)}"


def _bound(kind: ErrorKind, part: Mapping[str, JsonValue]) -> str:
    if kind.name in _ONE_OF_ITS_FIELDS and part.get("minProperties") == part.get("maxProperties") == 1:
        return f"must have exactly one of {', '.join(as_object(part.get('properties', {})))}"
    if kind.name in _NOT_EMPTY and kind.limit == 1:
        return "must not be empty"
    return _BOUNDS[kind.name].format(getattr(kind, "limit", None))


def _name(path: Path) -> str:
    if not path:
        return "The definition"
    if isinstance(path[-1], int):
        return f"Entry {path[-1] + 1} of {path[-2] if len(path) > 1 else 'the list'}"
    return f'"{short(path[-1])}"'


def _part(schema: Mapping[str, JsonValue], schema_path: Path) -> Mapping[str, JsonValue]:
    part: ReadableJson = schema
    for step in schema_path[:-1]:
        if isinstance(part, Mapping) and isinstance(step, str):
            part = part.get(step)
        elif isinstance(part, list) and isinstance(step, int) and step < len(part):
            part = part[step]
        else:
            return {}
    return part if isinstance(part, dict) else {}


def _described(part: ReadableJson) -> str:
    text = part.get("description") if isinstance(part, Mapping) else None
    return f": {text[0].lower()}{text[1:].rstrip('.')}" if isinstance(text, str) and text else ""
