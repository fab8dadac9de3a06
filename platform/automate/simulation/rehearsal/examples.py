"""Makes an example value for a JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import jsonschema_rs

from automate.kernel.errors import Json

MOST_LEVELS = 8
MOST_ITEMS = 20
MOST_CHARACTERS = 1_000
"""Maximum size of an example; a schema that requires more has none."""


def example_of(schema: Mapping[str, Json]) -> Json:
    """Return the first valid example of a schema. It comes from the schema or is made from the schema.

    Raises LookupError if there is no valid example.
    """
    validator = jsonschema_rs.validator_for(dict(schema))
    for candidate in _candidates(schema):
        if validator.is_valid(candidate):
            return candidate
    raise LookupError("The schema has no example, and none can be made of it.")


def _candidates(schema: Mapping[str, Json]) -> Iterator[Json]:
    examples = schema.get("examples")
    yield from examples if isinstance(examples, list) else ()
    yield _made(schema, MOST_LEVELS)


def _made(schema: Json, levels: int) -> Json:
    if not isinstance(schema, Mapping) or levels == 0:
        return None
    if "const" in schema:
        return schema["const"]
    for name in ("examples", "enum"):
        if isinstance(schema.get(name), list) and schema[name]:
            return schema[name][0]
    if "default" in schema:
        return schema["default"]
    kind = schema.get("type", "object" if "properties" in schema else None)
    first = next(iter(kind), None) if isinstance(kind, list) else kind
    make = _MADE.get(first) if isinstance(first, str) else None
    return None if make is None else make(schema, levels)


def _made_object(schema: Mapping[str, Json], levels: int) -> Json:
    properties = schema.get("properties", {})
    return {name: _made(properties.get(name, {}), levels - 1) for name in schema.get("required", ())}


def _made_list(schema: Mapping[str, Json], levels: int) -> Json:
    return [_made(schema.get("items", {}), levels - 1) for _ in range(min(schema.get("minItems", 0), MOST_ITEMS))]


def _made_text(schema: Mapping[str, Json], _levels: int) -> Json:
    return "example".ljust(min(schema.get("minLength", 0), MOST_CHARACTERS), ".")[: schema.get("maxLength")]


def _made_number(schema: Mapping[str, Json], _levels: int) -> Json:
    return schema.get("minimum", schema.get("maximum", 1))


_MADE: Mapping[str, Callable[[Mapping[str, Json], int], Json]] = {
    "object": _made_object,
    "array": _made_list,
    "string": _made_text,
    "integer": _made_number,
    "number": _made_number,
    "boolean": lambda _schema, _levels: True,
}
