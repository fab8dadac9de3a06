"""The input and output of ``log.write`` as JSON Schema."""

from __future__ import annotations

from automate.kernel.json_values import JsonObject

LEVELS = ("debug", "info", "warning", "error")

INPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Log line",
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {
        "message": {
            "title": "Message",
            "type": "string",
            "maxLength": 10_000,
            "examples": ["Charged {{ steps.charge.output.json.id }}"],
        },
        "level": {"title": "Level", "enum": list(LEVELS), "default": "info"},
        "data": {
            "title": "Data",
            "description": "Any JSON to write beside the message.",
            "examples": [{"amount": 100}],
        },
    },
    "examples": [{"message": "Order {{ event.payload.id }} came", "data": "{{ event.payload }}"}],
}

OUTPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Log line",
    "type": "object",
    "required": ["message", "level"],
    "additionalProperties": False,
    "properties": {
        "message": {"title": "Message", "type": "string"},
        "level": {"title": "Level", "enum": list(LEVELS)},
    },
    "examples": [{"message": "Order 42 came", "level": "info"}],
}
