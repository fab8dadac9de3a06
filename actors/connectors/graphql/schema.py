"""The input and output of ``graphql.request`` as JSON Schema."""

from __future__ import annotations

from actors.connectors.auth import AUTH_SCHEMA
from automate.kernel.json_values import JsonObject

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ERRORS: JsonObject = {
    "type": "array",
    "items": {"type": "object"},
    "examples": [[{"message": "Not for you.", "path": ["orders", 0, "notes"], "extensions": {"code": "FORBIDDEN"}}]],
}

INPUT_SCHEMA: JsonObject = {
    "$schema": _DIALECT,
    "title": "GraphQL request",
    "type": "object",
    "required": ["url", "query"],
    "additionalProperties": False,
    "properties": {
        "url": {
            "title": "URL",
            "description": "Absolute, http or https.",
            "type": "string",
            "minLength": 1,
            "maxLength": 8192,
            "examples": ["https://api.example.com/graphql"],
        },
        "query": {
            "title": "Document",
            "description": "Queries or mutations. Use variables for varying values, so that no value "
            "of an event is read as GraphQL.",
            "type": "string",
            "minLength": 1,
            "maxLength": 65_536,
            "examples": ["mutation ($id: ID!) { close(id: $id) { state } }"],
        },
        "variables": {
            "title": "Variables",
            "type": "object",
            "examples": [{"id": "{{ event.payload.id }}"}],
        },
        "operation_name": {
            "title": "Operation",
            "description": "The operation to run, if the document has several.",
            "type": "string",
            "pattern": "^[_A-Za-z][_0-9A-Za-z]*$",
            "maxLength": 256,
            "examples": ["CloseOrder"],
        },
        "headers": {
            "title": "Headers",
            "description": "In addition to the headers that the platform sets: Idempotency-Key, traceparent, Automate-Causation, Accept and "
            "Content-Type.",
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
            "examples": [{"X-Client": "automate"}],
        },
        "auth": AUTH_SCHEMA,
        "accept_partial": {
            "title": "Accept a part",
            "description": "True accepts data beside errors as a success; the output has both. Otherwise the step fails.",
            "type": "boolean",
            "default": False,
            "examples": [True],
        },
    },
    "examples": [
        {
            "url": "https://api.example.com/graphql",
            "auth": {"bearer": "$secret:API_TOKEN"},
            "query": "mutation ($id: ID!) { close(id: $id) { state } }",
            "variables": {"id": "{{ event.payload.id }}"},
        }
    ],
}

OUTPUT_SCHEMA: JsonObject = {
    "$schema": _DIALECT,
    "title": "GraphQL answer",
    "type": "object",
    "required": ["data", "elapsed_ms"],
    "additionalProperties": False,
    "properties": {
        "data": {"title": "Data", "type": "object", "examples": [{"close": {"state": "CLOSED"}}]},
        "errors": {"title": "Errors", "description": "Present beside partial data.", **_ERRORS},
        "extensions": {"title": "Extensions", "type": "object", "examples": [{"cost": {"requested": 12}}]},
        "elapsed_ms": {"title": "Elapsed milliseconds", "type": "integer", "minimum": 0, "examples": [12]},
    },
    "examples": [{"data": {"close": {"state": "CLOSED"}}, "elapsed_ms": 12}],
}
