"""Connectors with closed and open schemas, and the problems of a workflow that reads their outputs."""

from __future__ import annotations

from typing import Any

from automate.workflows.connectors import ConnectorSpec
from automate.workflows.validation import check_definition

CLOSED: Any = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "status": {"type": "integer"},
        "json": {},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "rows": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": False, "properties": {"id": {"type": "string"}}},
        },
        "level": {"enum": ["low", "high"]},
        "paid": {
            "anyOf": [{"type": "null"}, {"type": "object", "properties": {"at": {}}, "additionalProperties": False}]
        },
        "choice": {"oneOf": [{"const": 1}, {"type": "string"}]},
    },
}
CONNECTORS = {
    "a.call": ConnectorSpec("a.call", "Call", "keyed", {"type": "object"}, CLOSED),
    "a.open": ConnectorSpec(
        "a.open", "Open", "keyed", {"type": "object"}, {"type": "object", "properties": {"id": {}}}
    ),
    "a.say": ConnectorSpec("a.say", "Say", "idempotent", {"type": "object"}, {}),
}


def problems(*steps: dict[str, Any], **top: Any) -> list[tuple[list[str | int], str]]:
    found = check_definition({"schema": 1, "steps": list(steps), **top}, CONNECTORS, None)
    return [(list(problem.path), problem.message) for problem in found]


def read(expression: str, *more: dict[str, Any]) -> list[str]:
    """What is said of a step that reads an expression behind a step ``call``."""
    steps = [
        {"key": "call", "uses": "a.call"},
        *more,
        {"key": "say", "uses": "a.say", "with": {"x": f"{{{{ {expression} }}}}"}},
    ]
    found = problems(*steps)
    assert all(path == ["steps", len(steps) - 1, "with", "x"] for path, _ in found), found
    return [message for _, message in found]
