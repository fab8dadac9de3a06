"""Validates the rendered input of a flow step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import jsonschema_rs

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.workflows.flow_steps.specs import FLOW_SPECS
from automate.workflows.wording import humane


def check_rendered(uses: str, given: Mapping[str, JsonValue]) -> None:
    """Validate the rendered input of a flow step. Raises BAD_USER_INPUT. The error does not contain the value."""
    try:
        _validator(uses).validate(dict(given))
    except jsonschema_rs.ValidationError as error:
        problem = next(humane(error, ("with",), FLOW_SPECS[uses].input_schema))
        raise NormalizedError("BAD_USER_INPUT", problem.message, path=problem.path) from None


@cache
def _validator(uses: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(dict(FLOW_SPECS[uses].input_schema), mask="the value")
