"""Checks events against the JSON Schemas of their types. The time for one check is limited.

The size of a schema is limited. A reference can only point into its own schema. A visit is the check of one value
of the event against one node of the schema. The check of an event makes at most MOST_VISITS visits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

import jsonschema_rs

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.limits import KIB

SCHEMA_BYTES = 64 * KIB
MOST_NODES = 5_000
"""Values in a schema, with each reference replaced by its target."""
MOST_VISITS = 5_000_000
"""The number of nodes of the schema, multiplied by the number of values in the event."""
CHARACTERS_PER_VISIT = 64
"""This many characters of the event count as one more value, because patterns read text."""
MOST_LEVELS = 200
"""Levels of a schema, with its references followed."""
MOST_PROBLEMS = 5
MESSAGE_CHARACTERS = 255

_AT = "schema"
_DATA = frozenset({"const", "enum", "default", "examples"})
"""Keywords that hold data, not schemas."""
_REFUSED = frozenset({"$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary"})

Problem = dict[str, JsonValue]
"""``{message, path}``. The path leads to the fault in the payload."""


@dataclass(frozen=True)
class EventSchema:
    """A compiled schema."""

    validator: jsonschema_rs.Validator
    nodes: int
    """Its size with references followed."""

    def problems(self, payload: JsonValue, body: bytes) -> list[Problem]:
        """Return the problems of a payload, at most MOST_PROBLEMS. Messages contain no values of the event."""
        values = 1 + body.count(b",") + body.count(b":") + len(body) // CHARACTERS_PER_VISIT
        if values * self.nodes > MOST_VISITS:
            message = (
                f"The payload is too large for a check against this schema: {values:,} values, {self.nodes:,} nodes."
            )
            return [{"message": message, "path": []}]
        found: list[Problem] = []
        for error in self.validator.iter_errors(payload):
            path = [str(part)[:MESSAGE_CHARACTERS] for part in error.instance_path]
            found.append({"message": error.message[:MESSAGE_CHARACTERS], "path": [*path]})
            if len(found) == MOST_PROBLEMS:
                break
        return found


def compile_schema(schema: JsonObject) -> EventSchema:
    # Regular expressions take linear time.
    return EventSchema(_validator(schema), _Size(schema).total())


def schema_problems(schema: JsonValue) -> Iterator[NormalizedError]:
    """Yield the problems of a schema."""
    if not isinstance(schema, dict):
        yield NormalizedError("BAD_USER_INPUT", "A schema must be a JSON object.", path=[_AT])
        return
    size = len(canonical_json(schema))
    if size > SCHEMA_BYTES:
        message = f"The schema has {size:,} bytes of JSON; the maximum is {SCHEMA_BYTES:,}. Describe fewer members."
        details: dict[str, JsonValue] = {"limit": "schema_bytes", "maximum": SCHEMA_BYTES}
        yield NormalizedError("LIMIT_EXCEEDED", message, details=details, path=[_AT])
        return
    measured = _Size(schema)
    wrong = list(measured.problems())
    if wrong:
        yield from wrong
        return
    try:
        nodes = measured.total()
    except ValueError as error:
        yield NormalizedError(
            "BAD_USER_INPUT", f"The schema is refused because it {error}. Describe fewer levels.", path=[_AT]
        )
        return
    if nodes > MOST_NODES:
        message = f"The schema has {nodes:,} values after its references are followed; the maximum is {MOST_NODES:,}."
        details = {"limit": "schema_nodes", "maximum": MOST_NODES}
        yield NormalizedError("LIMIT_EXCEEDED", message, details=details, path=[_AT])
        return
    try:
        _validator(schema)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        reason = getattr(error, "message", str(error))[:MESSAGE_CHARACTERS]
        path = [_AT, *map(str, getattr(error, "instance_path", ()))]
        yield NormalizedError("BAD_USER_INPUT", f"This is not a JSON Schema: {reason}.", path=path)


def _validator(schema: JsonObject) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        dict(schema),
        retriever=_refuse,
        pattern_options=jsonschema_rs.RegexOptions(),
        validate_formats=True,
        mask="the value",
    )


def _refuse(uri: str) -> NoReturn:
    raise ValueError(uri)


class _Size:
    # A reference counts as much as its target.
    def __init__(self, schema: JsonObject) -> None:
        self._schema = schema
        self._sizes: dict[str, int] = {}

    def total(self) -> int:
        # Raises ValueError for more than MOST_LEVELS levels.
        return self._of(self._schema, (), 0)

    def problems(self) -> Iterator[NormalizedError]:
        # Keywords such as `$id` change the targets of references.
        pending: list[tuple[JsonValue, tuple[str, ...]]] = [(self._schema, ())]
        while pending:
            value, path = pending.pop()
            if isinstance(value, dict):
                for name, member in value.items():
                    where = (*path, name)
                    if isinstance(member, str) and (problem := self._problem(name, member, path)):
                        yield NormalizedError("BAD_USER_INPUT", problem, path=[_AT, *where])
                    elif name not in _DATA:
                        pending.append((member, where))
            elif isinstance(value, list):
                pending.extend((item, (*path, str(place))) for place, item in enumerate(value))

    def _problem(self, name: str, member: str, path: Sequence[str]) -> str:
        if name in _REFUSED or (name == "$id" and path):
            return f"{name} is not supported here. Refer to a place in this schema, such as #/$defs/address."
        if name != "$ref":
            return ""
        try:
            self._of({"$ref": member}, (), 0)
        except ValueError as error:
            return f"This reference {error}. Refer to a place in this schema, such as #/$defs/address."
        return ""

    def _of(self, value: JsonValue, following: tuple[str, ...], level: int) -> int:
        # Raises ValueError for a reference without target, a reference that leads back to itself, and too many levels.
        if level > MOST_LEVELS:
            raise ValueError(f"has more than {MOST_LEVELS} levels")
        if isinstance(value, dict):
            count = 1
            for name, member in value.items():
                if name == "$ref" and isinstance(member, str):
                    count += self._target_size(member, following, level + 1)
                elif name in _DATA:
                    count += 1
                else:
                    count += self._of(member, following, level + 1)
            return count
        if isinstance(value, list):
            return 1 + sum(self._of(item, following, level + 1) for item in value)
        return 1

    def _target_size(self, reference: str, following: tuple[str, ...], level: int) -> int:
        if reference in following:
            raise ValueError("leads back to itself")
        if reference not in self._sizes:
            target = self._schema if reference == "#" else _at(self._schema, reference)
            self._sizes[reference] = self._of(target, (*following, reference), level)
        return self._sizes[reference]


def _at(schema: JsonValue, reference: str) -> JsonValue:
    # Such as `#/$defs/address`.
    if not reference.startswith("#/"):
        raise ValueError("leads to another document")
    value = schema
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise ValueError("has no target")
    return value
