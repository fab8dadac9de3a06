"""Definitions to check, and two connectors to check them against."""

from __future__ import annotations

from automate.workflows.connectors import ConnectorSpec
from automate.workflows.validation import check_definition

HTTP = ConnectorSpec(
    name="http.request",
    title="HTTP request",
    effect="keyed",
    input_schema={
        "type": "object",
        "required": ["url"],
        "additionalProperties": False,
        "properties": {
            "method": {"enum": ["GET", "POST"]},
            "url": {"type": "string", "pattern": "^https?://", "description": "An http or https address."},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "tries": {"type": "integer", "minimum": 1},
            "json": {},
        },
    },
    output_schema={},
)
LOG = ConnectorSpec("log.write", "Log", "idempotent", {"type": "object"}, {})
CONNECTORS = {"http.request": HTTP, "log.write": LOG}


def check(raw, secrets=("STRIPE_KEY",), **options):
    return check_definition(raw, CONNECTORS, lambda name: name in secrets, **options)


def workflow(*steps, **top):
    return {"schema": 1, "steps": [{"uses": "log.write"} | step for step in steps]} | top


def one(raw, **options):
    """(code, path, message) of the only problem."""
    problems = check(raw, **options)
    assert len(problems) == 1, problems
    return problems[0].code, list(problems[0].path), problems[0].message
