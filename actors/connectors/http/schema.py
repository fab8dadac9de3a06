"""The input and output of ``http.request`` as JSON Schema."""

from __future__ import annotations

from itertools import combinations

from actors.connectors.auth import AUTH_SCHEMA
from actors.connectors.guard.client import MAX_RESPONSE_BYTES
from automate.kernel.json_values import JsonObject

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
BODIES = ("json", "form", "multipart", "text", "base64")
DEFAULT_MAX_PAGES = 10
MAX_PAGES = 100

_SCALAR: JsonObject = {"type": ["string", "number", "boolean"]}
_PARAMETERS: JsonObject = {
    "type": "object",
    "additionalProperties": {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]},
}

_PART: JsonObject = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"title": "Name", "type": "string", "minLength": 1, "maxLength": 256, "examples": ["file"]},
        "text": {"title": "Text", "type": "string", "examples": ["hello"]},
        "json": {"title": "JSON", "examples": [{"a": 1}]},
        "base64": {"title": "Bytes as base64", "type": "string", "examples": ["aGVsbG8="]},
        "filename": {"title": "File name", "type": "string", "minLength": 1, "maxLength": 256, "examples": ["r.csv"]},
        "content_type": {
            "title": "Content type",
            "description": "For example text/csv.",
            "type": "string",
            "pattern": "^[!#-.0-9A-Z^-~]+/[ -~]+$",
            "maxLength": 256,
            "examples": ["text/csv"],
        },
    },
    "oneOf": [{"required": ["text"]}, {"required": ["json"]}, {"required": ["base64"]}],
}

_PATH: JsonObject = {"type": "string", "maxLength": 256}
_PARAMETER: JsonObject = {"title": "Query parameter", "type": "string", "minLength": 1, "maxLength": 256}

_PAGINATE: JsonObject = {
    "title": "Pages",
    "description": "Reads a list page by page and returns the items of all pages. Only with GET. All pages are one effect.",
    "type": "object",
    "required": ["by"],
    "additionalProperties": False,
    "properties": {
        "by": {
            "title": "Location of the next page",
            "description": "One of link, cursor or number. The next page is always on the same scheme, host and port.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": {
                "link": {
                    "title": "By the Link header",
                    "description": "Of relation next (RFC 8288).",
                    "type": "object",
                    "additionalProperties": False,
                    "examples": [{}],
                },
                "cursor": {
                    "title": "By a cursor in the answer",
                    "type": "object",
                    "required": ["path", "parameter"],
                    "additionalProperties": False,
                    "properties": {
                        "path": {
                            "title": "Path of the cursor",
                            "description": "Keys joined by dots. On the last page the value is missing, null, false or empty.",
                            **_PATH,
                            "minLength": 1,
                            "examples": ["meta.next"],
                        },
                        "parameter": {**_PARAMETER, "examples": ["after"]},
                    },
                    "examples": [{"path": "meta.next", "parameter": "after"}],
                },
                "number": {
                    "title": "By the page's number",
                    "description": "Until a page has no items.",
                    "type": "object",
                    "required": ["parameter"],
                    "additionalProperties": False,
                    "properties": {
                        "parameter": {**_PARAMETER, "examples": ["page"]},
                        "first": {
                            "title": "Number of the first page",
                            "type": "integer",
                            "default": 1,
                            "examples": [0],
                        },
                    },
                    "examples": [{"parameter": "page"}],
                },
            },
            "examples": [{"link": {}}],
        },
        "items": {
            "title": "Path of the items",
            "description": "Keys joined by dots. Leave it out if the answer itself is the list.",
            **_PATH,
            "default": "",
            "examples": ["data.orders"],
        },
        "max_pages": {
            "title": "Maximum pages",
            "description": "If more pages exist, `truncated` is true and `next` names the next page.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PAGES,
            "default": DEFAULT_MAX_PAGES,
            "examples": [5],
        },
    },
    "examples": [{"by": {"link": {}}, "items": "data"}],
}

INPUT_SCHEMA: JsonObject = {
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
            "description": "Idempotency-Key, traceparent, Automate-Causation and the headers that frame the message are set "
            "by the platform. The member automate.causation is added to your baggage header.",
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
        "multipart": {
            "title": "Multipart body",
            "description": "Fields and files, in order; each with one of text, json and base64.",
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": _PART,
            "examples": [
                [
                    {"name": "title", "text": "Report"},
                    {"name": "file", "filename": "r.csv", "content_type": "text/csv", "text": "a,b\r\n1,2\r\n"},
                ]
            ],
        },
        "text": {"title": "Text body", "type": "string", "examples": ["hello"]},
        "base64": {
            "title": "Raw body",
            "description": "Any bytes, as base64. The default Content-Type is application/octet-stream.",
            "type": "string",
            "examples": ["aGVsbG8="],
        },
        "auth": AUTH_SCHEMA,
        "expected_statuses": {
            "title": "Expected statuses",
            "description": "The statuses of a success; the default is 200 to 299.",
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
        "max_response_bytes": {
            "title": "Largest answer",
            "description": "Bytes after decompression, of all pages together; a larger answer fails the step.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_RESPONSE_BYTES,
            "default": MAX_RESPONSE_BYTES,
            "examples": [65_536],
        },
        "paginate": _PAGINATE,
    },
    "not": {"anyOf": [{"required": list(pair)} for pair in combinations(BODIES, 2)]},
    # The pages are one effect, and only a GET can be repeated without harm.
    "dependentSchemas": {"paginate": {"properties": {"method": {"const": "GET"}}}},
    "examples": [
        {
            "method": "POST",
            "url": "https://api.example.com/v1/charges",
            "auth": {"bearer": "$secret:API_TOKEN"},
            "json": {"amount": "{{ event.payload.amount }}"},
        },
        {
            "url": "https://api.example.com/v1/orders",
            "query": {"state": "open"},
            "paginate": {"by": {"cursor": {"path": "meta.next", "parameter": "after"}}, "items": "orders"},
        },
    ],
}

OUTPUT_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "HTTP response",
    "type": "object",
    "required": ["status", "headers", "elapsed_ms"],
    "additionalProperties": False,
    "properties": {
        "status": {"title": "Status", "type": "integer", "examples": [200]},
        "headers": {
            "title": "Headers",
            "description": "Names in lower case. Repeated headers are joined by commas.",
            "type": "object",
            "additionalProperties": {"type": "string"},
            "examples": [{"content-type": "application/json"}],
        },
        "json": {"title": "JSON body", "description": "If the answer is JSON.", "examples": [{"id": "ch_1"}]},
        "text": {"title": "Text body", "description": "If the answer is not JSON.", "type": "string"},
        "text_truncated": {
            "title": "Text is cut",
            "description": "True if text has only the beginning.",
            "type": "boolean",
        },
        "items": {
            "title": "Items",
            "description": "The items of all pages, in order, if the step has paginate. json and text are absent then.",
            "type": "array",
            "examples": [[{"id": 1}, {"id": 2}]],
        },
        "pages": {"title": "Pages read", "type": "integer", "minimum": 1, "examples": [2]},
        "truncated": {"title": "There are more pages", "type": "boolean", "examples": [False]},
        "next": {
            "title": "Next page",
            "description": "The URL, the cursor or the number of the next page, if there is one.",
            "type": ["string", "integer"],
            "examples": ["c_3"],
        },
        "elapsed_ms": {"title": "Elapsed milliseconds", "type": "integer", "minimum": 0, "examples": [12]},
    },
    "examples": [
        {"status": 200, "headers": {"content-type": "application/json"}, "json": {"id": "ch_1"}, "elapsed_ms": 12}
    ],
}
