"""The JSON Schema (2020-12) of a definition. ``validation`` has further checks."""

from __future__ import annotations

import jsonschema_rs

from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.workflows.definition import Definition
from automate.workflows.parts import Part, schema_of
from automate.workflows.wording import humane

DEFINITION_SCHEMA: dict[str, JsonValue] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **schema_of(
        Definition,
        Part(
            "Workflow definition",
            "A definition has the steps that a run executes for one event, and their time limits.",
            examples=[
                {
                    "schema": 1,
                    "steps": [
                        {
                            "key": "post",
                            "uses": "http.request",
                            "with": {"method": "POST", "url": "https://example.com"},
                        }
                    ],
                }
            ],
        ),
    ),
}

_VALIDATOR = jsonschema_rs.validator_for(DEFINITION_SCHEMA)


def schema_problems(raw: JsonValue) -> list[Problem]:
    """Check a definition against DEFINITION_SCHEMA. Return all violations of this schema."""
    return [problem for error in _VALIDATOR.iter_errors(raw) for problem in humane(error, (), DEFINITION_SCHEMA)]
