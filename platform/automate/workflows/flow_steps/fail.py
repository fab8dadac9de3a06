"""``flow.fail`` fails with a message."""

from __future__ import annotations

from automate.workflows.flow_steps.spec import DIALECT, ENDS_AT_ONCE, FlowSpec

MESSAGE_CHARACTERS = 1_000

FAIL = FlowSpec(
    name="flow.fail",
    title="Fail",
    input_schema={
        "$schema": DIALECT,
        "title": "Fail",
        "description": "A step with `flow.fail` fails with a message. Give the step a condition in `if`.",
        "type": "object",
        "additionalProperties": False,
        "required": ["message"],
        "properties": {
            "message": {
                "title": "Message",
                "description": "The reason that people read.",
                "type": "string",
                "minLength": 1,
                "maxLength": MESSAGE_CHARACTERS,
                "examples": ["Order {{ event.payload.id }} has no address."],
            },
            "details": {
                "title": "Details",
                "description": "Data for programs, in addition to the message.",
                "type": "object",
                "examples": [{"order": "{{ event.payload.id }}"}],
            },
        },
        "examples": [{"message": "Order {{ event.payload.id }} has no address.", "details": {"field": "address"}}],
    },
    output_schema={
        "$schema": DIALECT,
        "title": "Failure",
        "description": "A step with `flow.fail` always fails, so the step has no output.",
        "type": "null",
        "examples": [None],
    },
    no_timeout=ENDS_AT_ONCE,
)
