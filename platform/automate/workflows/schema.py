"""The JSON Schema (2020-12) of a definition. ``validation`` has further checks."""

from __future__ import annotations

from typing import get_args

import jsonschema_rs

from automate.kernel.json_values import JsonValue, as_object
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem
from automate.workflows import definition
from automate.workflows.call_schema import CALL_PROPERTIES, call_schema
from automate.workflows.wording import humane

STEP_KEY_PATTERN = "^[a-z][a-z0-9_]{0,63}$"

MAX_CONCURRENT = 1_000
MAX_KEY_CHARACTERS = 1_000
"""Maximum characters of a concurrency key's template, not of its result."""

_STEP: dict[str, JsonValue] = {
    "title": "Step",
    "description": "One call of a connector, or one flow step of the engine.",
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
        **CALL_PROPERTIES,
        "uses": {
            **as_object(CALL_PROPERTIES["uses"]),
            "title": "Connector or flow step",
            "description": "The connector to call, such as http.request, or a flow step, such as flow.delay.",
            "examples": ["http.request", "log.write", "flow.delay"],
        },
        "needs": {
            "title": "Needs",
            "description": "Keys of the steps to wait for. The default is the step above, or, for a handler, the steps "
            "that name it. Empty: start at once.",
            "type": "array",
            "items": {"type": "string"},
            "uniqueItems": True,
            "examples": [["charge"], []],
        },
        "if": {
            "title": "Condition",
            "description": "JsonLogic; if it is false, the step is skipped.",
            "examples": [{">": [{"var": "steps.charge.output.json.amount"}, 100]}],
        },
        "on_failure": {
            "title": "On failure",
            "description": "fail: the run fails. continue: later steps start. The key of a step: that step handles the "
            "failure, and is skipped without one.",
            "type": "string",
            "default": definition.ON_FAILURE_FAIL,
            "examples": [*definition.ON_FAILURE_WORDS, "tell_support"],
        },
        "compensate": call_schema(
            "Compensation",
            "The call that reverses this step if the step succeeded and its run did not. The input of this call may "
            "also read the output of the step.",
            [{"uses": "http.request", "with": {"method": "DELETE", "url": "{{ steps.book.output.json.url }}"}}],
        ),
    },
    "examples": [{"key": "charge", "uses": "http.request", "with": {"url": "https://example.com"}}],
}

_CONCURRENCY: dict[str, JsonValue] = {
    "title": "Concurrency",
    "description": "How many runs of one key may be open at a time, and what happens to a further run.",
    "type": "object",
    "additionalProperties": False,
    "required": ["key"],
    "properties": {
        "key": {
            "title": "Key",
            "description": "Runs with the same key share the limit. Text with {{ JMESPath }} over event and workflow.",
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_KEY_CHARACTERS,
            "examples": ["{{ event.payload.customer }}"],
        },
        "limit": {
            "title": "Limit",
            "description": "Runs of one key that may be open at a time.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_CONCURRENT,
            "default": 1,
            "examples": [1],
        },
        "strategy": {
            "title": "Strategy",
            "description": "queue: the new run waits for its turn. cancel_newest: the new run is cancelled. "
            "cancel_in_progress: the new run starts, and older runs are cancelled.",
            "enum": list(get_args(definition.Strategy)),
            "default": definition.DEFAULT_STRATEGY,
            "examples": [definition.DEFAULT_STRATEGY],
        },
    },
    "examples": [{"key": "{{ event.payload.customer }}", "limit": 1, "strategy": "queue"}],
}

DEFINITION_SCHEMA: dict[str, JsonValue] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Workflow definition",
    "description": "The steps of a run for one event, and their time limits.",
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "steps"],
    "properties": {
        "schema": {
            "title": "Schema version",
            "description": "The version of this format, 1.",
            "const": definition.SCHEMA_VERSION,
            "examples": [definition.SCHEMA_VERSION],
        },
        "timeout_seconds": {
            "title": "Time-out of the run",
            "description": f"Seconds from its start, waits included; at most {LIMITS.wait_seconds // DAY_SECONDS} days.",
            "type": "number",
            "exclusiveMinimum": 0,
            "default": definition.RUN_TIMEOUT_SECONDS,
            "examples": [86_400],
        },
        "queue_timeout_seconds": {
            "title": "Time-out of the queue",
            "description": "Seconds that a run may wait before it starts; "
            f"at most {LIMITS.wait_seconds // DAY_SECONDS} days. Without it there is no limit.",
            "type": "number",
            "exclusiveMinimum": 0,
            "examples": [3_600],
        },
        "concurrency": _CONCURRENCY,
        "steps": {
            "title": "Steps",
            "description": f"1 to {LIMITS.steps_per_run:,} steps. Each step follows the step above it unless it has needs.",
            "type": "array",
            "minItems": 1,
            "items": _STEP,
            "examples": [_STEP["examples"]],
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


def schema_problems(raw: JsonValue) -> list[Problem]:
    """Return the violations of DEFINITION_SCHEMA."""
    return [problem for error in _VALIDATOR.iter_errors(raw) for problem in humane(error, (), DEFINITION_SCHEMA)]
