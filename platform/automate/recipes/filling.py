"""Checks parameters, and inserts them into a recipe. Uses no database and no network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

import jsonschema_rs

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_texts
from automate.workflows.wording import humane

PLACE = re.compile(r"\$\{([a-z_]+)\}")


class _LeftOut(Enum):
    """Stands for a value of a recipe that is left out, because the value uses a missing parameter."""

    LEFT_OUT = auto()


_LEFT_OUT: Final = _LeftOut.LEFT_OUT


def checked(schema: Mapping[str, JsonValue], given: JsonValue) -> dict[str, JsonValue]:
    """Add defaults to parameters, and check the parameters. Raises BAD_USER_INPUT."""
    defaults = {name: part["default"] for name, part in _properties(schema).items() if "default" in part}
    if not isinstance(given, dict | None):
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`parameters` must be a JSON object with the value of each parameter.",
            path=["parameters"],
        )
    # Null parameters count as missing.
    parameters = {**defaults, **{name: value for name, value in (given or {}).items() if value is not None}}
    problems: list[dict[str, JsonValue]] = [
        {"code": "BAD_USER_INPUT", "message": problem.message, "path": ["parameters", *map(str, problem.path)]}
        for error in jsonschema_rs.validator_for(dict(schema), mask="the value").iter_errors(parameters)
        for problem in humane(error, (), dict(schema))
    ]
    if problems:
        first = problems[0]
        raise NormalizedError(
            "BAD_USER_INPUT",
            str(first["message"]),
            details={"problems": [*problems]},
            path=as_texts(first["path"]),
        )
    return parameters


def filled(template: Mapping[str, JsonValue], parameters: Mapping[str, JsonValue]) -> JsonObject:
    """Insert parameters into a template. A value is left out if its parameter is missing."""
    made = _filled({**template}, parameters)
    return {} if made is _LEFT_OUT else as_object(made)


def _properties(schema: Mapping[str, JsonValue]) -> dict[str, JsonObject]:
    return {name: as_object(part) for name, part in as_object(schema["properties"]).items()}


def _filled(value: JsonValue, parameters: Mapping[str, JsonValue]) -> JsonValue | _LeftOut:
    if isinstance(value, str):
        return _text(value, parameters)
    if isinstance(value, dict):
        members = {name: _filled(member, parameters) for name, member in value.items()}
        kept = {name: member for name, member in members.items() if member is not _LEFT_OUT}
        return kept if kept or not value else _LEFT_OUT
    if isinstance(value, list):
        items = [_filled(item, parameters) for item in value]
        return [item for item in items if item is not _LEFT_OUT]
    return value


def _text(text: str, parameters: Mapping[str, JsonValue]) -> JsonValue | _LeftOut:
    whole = PLACE.fullmatch(text)
    if whole:
        return parameters.get(whole.group(1), _LEFT_OUT)
    if any(name not in parameters for name in PLACE.findall(text)):
        return _LEFT_OUT
    return PLACE.sub(lambda place: _shown(parameters[place.group(1)]), text)


def _shown(value: JsonValue) -> str:
    return value if isinstance(value, str) else json_string(value)
