"""The published JSON Schema (2020-12) of a definition. What needs more than a schema is in ``validation``."""

from __future__ import annotations

import jsonschema_rs

from automate.kernel.errors import Json
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem
from automate.workflows import definition
from automate.workflows.wording import humane

STEP_KEY_PATTERN = "^[a-z][a-z0-9_]{0,63}$"
CONNECTOR_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"

MAX_RETRY_ATTEMPTS = 50
MAX_RETRY_FACTOR = 10
MAX_RETRY_SECONDS = 86_400

_RETRY: dict[str, Json] = {
    "title": "Retry",
    "description": "How the step is tried again when its error may pass.",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "max_attempts": {
            "title": "Attempts in all",
            "description": "The first attempt included; 1 means never again.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_RETRY_ATTEMPTS,
            "default": definition.RETRY_MAX_ATTEMPTS,
        },
        "initial_seconds": {
            "title": "First wait",
            "description": "Seconds before the second attempt.",
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": MAX_RETRY_SECONDS,
            "default": definition.RETRY_INITIAL_SECONDS,
        },
        "factor": {
            "title": "Growth",
            "description": "By how much each wait outgrows the one before.",
            "type": "number",
            "minimum": 1,
            "maximum": MAX_RETRY_FACTOR,
            "default": definition.RETRY_FACTOR,
        },
        "max_seconds": {
            "title": "Longest wait",
            "description": "Seconds that no wait is longer than.",
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": MAX_RETRY_SECONDS,
            "default": definition.RETRY_MAX_SECONDS,
        },
    },
    "examples": [{"max_attempts": 5, "initial_seconds": 1, "factor": 2, "max_seconds": 300}],
}

_STEP: dict[str, Json] = {
    "title": "Step",
    "description": "One call of a connector.",
    "type": "object",
    "additionalProperties": False,
    "required": ["key", "uses"],
    "properties": {
        "key": {
            "title": "Key",
            "description": "The step's name within the workflow: small letters, digits and _, starting with a letter, "
            "at most 64 characters.",
            "type": "string",
            "pattern": STEP_KEY_PATTERN,
            "examples": ["charge"],
        },
        "uses": {
            "title": "Connector",
            "description": "The connector to call, such as http.request.",
            "type": "string",
            "pattern": CONNECTOR_PATTERN,
            "examples": ["http.request", "log.write"],
        },
        "with": {
            "title": "Input",
            "description": "The connector's input. Strings may hold {{ JMESPath }} over event, steps, run and workflow, "
            "and $secret:NAME.",
            "type": "object",
            "default": {},
            "examples": [{"method": "POST", "url": "https://example.com", "json": {"n": "{{ event.payload.n }}"}}],
        },
        "needs": {
            "title": "Needs",
            "description": "Keys of the steps to wait for. Left out: the step above. Empty: start at once.",
            "type": "array",
            "items": {"type": "string"},
            "uniqueItems": True,
            "examples": [["charge"], []],
        },
        "if": {
            "title": "Condition",
            "description": "JsonLogic; where it is false the step is skipped.",
            "examples": [{">": [{"var": "steps.charge.output.json.amount"}, 100]}],
        },
        "retry": _RETRY,
        "timeout_seconds": {
            "title": "Time-out of one attempt",
            "description": "Seconds, at most the run's own. Default 60, or the run's where that is shorter.",
            "type": "number",
            "exclusiveMinimum": 0,
            "examples": [60],
        },
    },
}

DEFINITION_SCHEMA: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Workflow definition",
    "description": "The steps that a run takes for one event, and how long they may take.",
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "steps"],
    "properties": {
        "schema": {
            "title": "Schema version",
            "description": "The version of this format, 1.",
            "const": definition.SCHEMA_VERSION,
        },
        "timeout_seconds": {
            "title": "Time-out of the run",
            "description": f"Seconds from its start, waits included; at most {LIMITS.wait_seconds // DAY_SECONDS} days.",
            "type": "number",
            "exclusiveMinimum": 0,
            "default": definition.RUN_TIMEOUT_SECONDS,
            "examples": [86_400],
        },
        "steps": {
            "title": "Steps",
            "description": f"1 to {LIMITS.steps_per_run:,} steps. Each follows the one above it unless it says what it needs.",
            "type": "array",
            "minItems": 1,
            "items": _STEP,
        },
    },
    "examples": [
        {
            "schema": 1,
            "steps": [
                {"key": "post", "uses": "http.request", "with": {"method": "POST", "url": "https://example.com"}}
            ],
        }
    ],
}

_VALIDATOR = jsonschema_rs.validator_for(DEFINITION_SCHEMA)


def schema_problems(raw: Json) -> list[Problem]:
    """Where the JSON departs from DEFINITION_SCHEMA; raw must be JSON that can be stored."""
    return [problem for error in _VALIDATOR.iter_errors(raw) for problem in humane(error, (), DEFINITION_SCHEMA)]
