"""Makes an example value for a JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import jsonschema_rs

from automate.kernel.json_values import JsonValue, as_integer, as_object, as_texts

MOST_LEVELS = 8
MOST_ITEMS = 20
MOST_CHARACTERS = 1_000
"""Maximum size of an example. A schema that requires a larger example has no example."""


def example_of(schema: Mapping[str, JsonValue]) -> JsonValue:
    """Return the first valid example in a schema. If the schema has none, make an example that matches the schema.

    Raises LookupError if the schema has no valid example and none can be made.
    """
    validator = jsonschema_rs.validator_for(dict(schema))
    for candidate in _candidates(schema):
        if validator.is_valid(candidate):
            return candidate
    raise LookupError("The schema has no example, and none can be made of it.")


def _candidates(schema: Mapping[str, JsonValue]) -> Iterator[JsonValue]:
    examples = schema.get("examples")
    yield from examples if isinstance(examples, list) else []
    yield _made({**schema}, MOST_LEVELS)


def _made(schema: JsonValue, levels: int) -> JsonValue:
    if not isinstance(schema, dict) or levels == 0:
        return None
    if "const" in schema:
        return schema["const"]
    for name in ("examples", "enum"):
        listed = schema.get(name)
        if isinstance(listed, list) and listed:
            return listed[0]
    if "default" in schema:
        return schema["default"]
    kind = schema.get("type", "object" if "properties" in schema else None)
    first = next(iter(kind), None) if isinstance(kind, list) else kind
    make = _MADE.get(first) if isinstance(first, str) else None
    return None if make is None else make(schema, levels)


def _made_object(schema: Mapping[str, JsonValue], levels: int) -> JsonValue:
    properties = as_object(schema.get("properties", {}))
    return {name: _made(properties.get(name, {}), levels - 1) for name in as_texts(schema.get("required", []))}


def _made_list(schema: Mapping[str, JsonValue], levels: int) -> JsonValue:
    count = min(as_integer(schema.get("minItems", 0)), MOST_ITEMS)
    return [_made(schema.get("items", {}), levels - 1) for _ in range(count)]


def _made_text(schema: Mapping[str, JsonValue], _levels: int) -> JsonValue:
    least, most = as_integer(schema.get("minLength", 0)), schema.get("maxLength")
    return "example".ljust(min(least, MOST_CHARACTERS), ".")[: None if most is None else as_integer(most)]


def _made_number(schema: Mapping[str, JsonValue], _levels: int) -> JsonValue:
    return schema.get("minimum", schema.get("maximum", 1))


_MADE: Mapping[str, Callable[[Mapping[str, JsonValue], int], JsonValue]] = {
    "object": _made_object,
    "array": _made_list,
    "string": _made_text,
    "integer": _made_number,
    "number": _made_number,
    "boolean": lambda _schema, _levels: True,
}
