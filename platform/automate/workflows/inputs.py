"""Validates the parts of a call's input that are known before the templates of the input are rendered."""

from __future__ import annotations

from collections.abc import Mapping

import jsonschema_rs

from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.flow_steps import FlowSpec
from automate.workflows.problems import Path
from automate.workflows.templates import Template
from automate.workflows.wording import humane

_SHAPE = frozenset(
    {
        "required",
        "additionalProperties",
        "type",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "propertyNames",
    }
)
"""JSON Schema keywords for lists and objects. Their result does not depend on the strings in the list or
object."""


class InputChecker:
    """Validates inputs. Each schema is compiled once."""

    def __init__(self) -> None:
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    def problems(
        self, spec: ConnectorSpec | FlowSpec, value: Mapping[str, JsonValue], template: Template, path: Path
    ) -> list[Problem]:
        """Return the problems of a call's input."""
        schema = dict(spec.input_schema)
        validator = self._validators.get(spec.name)
        if validator is None:
            validator = self._validators[spec.name] = jsonschema_rs.validator_for(schema)
        if validator.is_valid(value):
            return []
        open_paths = template.open_paths()
        around = {place[:length] for place in open_paths for length in range(len(place))}
        return [
            problem
            for error in validator.iter_errors(value)
            if _is_certain(error, (*path, *error.instance_path), open_paths, around)
            for problem in humane(error, path, schema)
        ]


def _is_certain(
    error: jsonschema_rs.ValidationError,
    place: tuple[str | int, ...],
    open_paths: Mapping[tuple[str | int, ...], bool],
    around: set[tuple[str | int, ...]],
) -> bool:
    # A template or secret may still give a valid value.
    if place in open_paths:
        any_type = open_paths[place]
        return not any_type and error.kind.name == "type"
    return place not in around or error.kind.name in _SHAPE
