"""Checks case files against a JSON Schema, and describes problems in readable messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import jsonschema_rs

from automate.effects import states as effect_states
from automate.kernel.errors import CODES
from automate.kernel.json_values import JsonObject, JsonValue, ReadableJson
from automate.runs import states
from automate.workflows.flow_steps.outcomes import OUTCOMES
from automate.workflows.flow_steps.spec import DIALECT
from automate.workflows.wording import humane

_SECONDS: JsonObject = {"type": "number", "minimum": 0}
_TEXT: JsonObject = {"type": "string"}


def _object(properties: Mapping[str, JsonValue], *required: str) -> JsonObject:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*required],
        "properties": dict(properties),
    }


def _by_key(value: JsonValue) -> JsonObject:
    return {"type": "object", "additionalProperties": value}


_FAILURE = _object(
    {
        "code": {"enum": [*sorted(CODES)]},
        "message": _TEXT,
        "details": {"type": "object"},
        "retry_after_seconds": _SECONDS,
        "arrived": {"type": "boolean"},
    },
    "code",
)
_ANSWER: JsonObject = {
    **_object({"output": {}, "error": _FAILURE, "takes_seconds": _SECONDS}),
    "oneOf": [{"required": ["output"]}, {"required": ["error"]}],
}
_EVENT: JsonObject = {
    "id": _TEXT,
    "type": _TEXT,
    "source": _TEXT,
    "subject": _TEXT,
    "payload": {},
    "headers": {"type": "object"},
    "occurred_at": {"type": "string"},
}
_DECISION = _object({"outcome": {"enum": [*OUTCOMES]}, "by": _TEXT, "form": {}, "after_seconds": _SECONDS}, "outcome")
_LOOKUP = _object(
    {"verdict": {"enum": [effect_states.HAPPENED, effect_states.DID_NOT_HAPPEN, effect_states.UNKNOWN]}, "output": {}},
    "verdict",
)
_RESOLUTION = _object(
    {
        "how": {"enum": [*effect_states.RESOLUTIONS]},
        "output": {},
        "by": _TEXT,
        "reason": _TEXT,
        "after_seconds": _SECONDS,
    },
    "how",
)
_CHILD: JsonObject = {
    **_object({"outputs": {"type": "object"}, "error": _TEXT, "takes_seconds": _SECONDS}),
    "oneOf": [{"required": ["outputs"]}, {"required": ["error"]}],
}
_STEP = _object(
    {"state": {"enum": [*sorted(states.STEP_MOVES)]}, "attempts": {"type": "integer"}, "output": {}, "error": {}},
    "state",
)
_CALL = _object({"step": _TEXT, "uses": _TEXT, "input": {}, "at_seconds": _SECONDS}, "step")

CASE_SCHEMA: JsonObject = {
    "$schema": DIALECT,
    "title": "A workflow's test",
    **_object(
        {
            "about": _TEXT,
            "workflow": _TEXT,
            "file": _TEXT,
            "definition": {"type": "object"},
            "event": _object(_EVENT, "type"),
            "answers": _by_key({"type": "array", "minItems": 1, "items": _ANSWER}),
            "events": {"type": "array", "items": _object({**_EVENT, "after_seconds": _SECONDS}, "type")},
            "decisions": _by_key({"type": "array", "items": _DECISION}),
            "children": _by_key(_CHILD),
            "lookups": _by_key({"type": "array", "minItems": 1, "items": _LOOKUP}),
            "resolutions": _by_key(_RESOLUTION),
            "stop_after_seconds": _SECONDS,
            "expect": _object(
                {
                    "run": {"enum": [*sorted(states.RUN_MOVES)]},
                    "reason": _TEXT,
                    "error": {},
                    "steps": _by_key(_STEP),
                    "calls": {"type": "array", "items": _CALL},
                    "emitted": {
                        "type": "array",
                        "items": _object({"type": _TEXT, "subject": _TEXT, "payload": {}}, "type"),
                    },
                    "seconds": _SECONDS,
                    "rules": _by_key({"enum": ["matched", "unmatched", "type_error", "too_expensive"]}),
                },
                "run",
            ),
        },
        "event",
        "expect",
    ),
    "oneOf": [{"required": ["definition"]}, {"required": ["file", "workflow"]}],
}


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(dict(CASE_SCHEMA))


def shape_problems(document: ReadableJson) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield the problems of a document, each with its path."""
    for error in _validator().iter_errors(document):
        if error.kind.name == "oneOf" and not error.instance_path:
            yield "a case needs `definition`, or both `file` and the slug of a workflow in that file", ()
            continue
        for problem in humane(error, (), dict(CASE_SCHEMA)):
            yield problem.message, tuple(problem.path)
