"""The fields of every call: ``uses``, ``with``, ``retry`` and ``timeout_seconds``."""

from __future__ import annotations

from automate.kernel.json_values import JsonValue
from automate.workflows import definition

CONNECTOR_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"

MAX_RETRY_ATTEMPTS = 50
MAX_RETRY_FACTOR = 10
MAX_RETRY_SECONDS = 86_400

RETRY: dict[str, JsonValue] = {
    "title": "Retry",
    "description": "How the step is tried again after a temporary error. Without this field, webhook.send uses its own schedule.",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "max_attempts": {
            "title": "Attempts in all",
            "description": "Includes the first attempt; 1 means no retry.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_RETRY_ATTEMPTS,
            "default": definition.RETRY_MAX_ATTEMPTS,
            "examples": [definition.RETRY_MAX_ATTEMPTS],
        },
        "initial_seconds": {
            "title": "First wait",
            "description": "Seconds before the second attempt.",
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": MAX_RETRY_SECONDS,
            "default": definition.RETRY_INITIAL_SECONDS,
            "examples": [definition.RETRY_INITIAL_SECONDS],
        },
        "factor": {
            "title": "Growth",
            "description": "The factor from one wait to the next.",
            "type": "number",
            "minimum": 1,
            "maximum": MAX_RETRY_FACTOR,
            "default": definition.RETRY_FACTOR,
            "examples": [definition.RETRY_FACTOR],
        },
        "max_seconds": {
            "title": "Longest wait",
            "description": "The maximum of each wait, in seconds.",
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": MAX_RETRY_SECONDS,
            "default": definition.RETRY_MAX_SECONDS,
            "examples": [definition.RETRY_MAX_SECONDS],
        },
    },
    "examples": [{"max_attempts": 5, "initial_seconds": 1, "factor": 2, "max_seconds": 300}],
}

TIMEOUT: dict[str, JsonValue] = {
    "title": "Time-out of one attempt",
    "description": "Seconds, at most the run's own. Default 60 (webhook.send: 15), or the run's if that is shorter.",
    "type": "number",
    "exclusiveMinimum": 0,
    "examples": [60],
}

CALL_PROPERTIES: dict[str, JsonValue] = {
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
    "retry": RETRY,
    "timeout_seconds": TIMEOUT,
}


def call_schema(title: str, description: str, examples: list[JsonValue]) -> dict[str, JsonValue]:
    return {
        "title": title,
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "required": ["uses"],
        "properties": CALL_PROPERTIES,
        "examples": examples,
    }
