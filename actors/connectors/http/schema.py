"""What ``http.request`` takes and gives, as JSON Schema: the one description that code, forms and docs read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from automate.kernel.errors import Json

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
BODIES = ("json", "form", "text")

_SCALAR: Mapping[str, Json] = {"type": ["string", "number", "boolean"]}
_PARAMETERS: Mapping[str, Json] = {
    "type": "object",
    "additionalProperties": {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]},
}

INPUT_SCHEMA: Mapping[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "HTTP request",
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "method": {"title": "Method", "enum": list(METHODS), "default": "GET"},
        "url": {
            "title": "URL",
            "description": "Absolute, http or https.",
            "type": "string",
            "minLength": 1,
            "maxLength": 8192,
            "examples": ["https://api.example.com/v1/charges"],
        },
        "headers": {
            "title": "Headers",
            "description": "Idempotency-Key, traceparent, Automate-Causation and the headers that frame the message are set for "
            "you; to a baggage of yours a member automate.causation is added.",
            "type": "object",
            "additionalProperties": _SCALAR,
            "examples": [{"Authorization": "Bearer $secret:API_TOKEN"}],
        },
        "query": {
            "title": "Query parameters",
            "description": "Added to those of the URL; a list repeats its name.",
            **_PARAMETERS,
            "examples": [{"page": 1, "tag": ["a", "b"]}],
        },
        "json": {"title": "JSON body", "examples": [{"amount": 100}]},
        "form": {"title": "Form body", **_PARAMETERS, "examples": [{"name": "Ada"}]},
        "text": {"title": "Text body", "type": "string", "examples": ["hello"]},
        "expected_statuses": {
            "title": "Expected statuses",
            "description": "What counts as success; 200 to 299 where absent.",
            "type": "array",
            "minItems": 1,
            "items": {"type": "integer", "minimum": 200, "maximum": 599},
            "examples": [[200, 404]],
        },
        "follow_redirects": {
            "title": "Follow redirects",
            "description": "At most 5; credentials do not follow to another origin.",
            "type": "boolean",
            "default": False,
        },
    },
    "not": {"anyOf": [{"required": list(pair)} for pair in combinations(BODIES, 2)]},
}

OUTPUT_SCHEMA: Mapping[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "HTTP response",
    "type": "object",
    "required": ["status", "headers", "elapsed_ms"],
    "additionalProperties": False,
    "properties": {
        "status": {"title": "Status", "type": "integer", "examples": [200]},
        "headers": {
            "title": "Headers",
            "description": "Names in lower case; what was repeated is joined by commas.",
            "type": "object",
            "additionalProperties": {"type": "string"},
            "examples": [{"content-type": "application/json"}],
        },
        "json": {"title": "JSON body", "description": "Where the answer is JSON.", "examples": [{"id": "ch_1"}]},
        "text": {"title": "Text body", "description": "Where it is anything else.", "type": "string"},
        "text_truncated": {
            "title": "Text is cut",
            "description": "True where text holds only the beginning.",
            "type": "boolean",
        },
        "elapsed_ms": {"title": "Elapsed milliseconds", "type": "integer", "minimum": 0, "examples": [12]},
    },
}
