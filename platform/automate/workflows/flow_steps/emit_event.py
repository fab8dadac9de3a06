"""``flow.emit_event`` emits an event. Rules match this event like any other event."""

from __future__ import annotations

from automate.kernel.limits import LIMITS
from automate.kernel.text import EVENT_TYPE, OWN_EVENT_TYPE, RUN_FAILED
from automate.workflows.flow_steps.spec import DIALECT, ENDS_AT_ONCE, FlowSpec

EMIT_EVENT = FlowSpec(
    name="flow.emit_event",
    title="Emit an event",
    input_schema={
        "$schema": DIALECT,
        "title": "Emit an event",
        "description": "Creates an event. Rules match the new event like any other.",
        "type": "object",
        "additionalProperties": False,
        "required": ["type"],
        "properties": {
            "type": {
                "title": "Type",
                "description": OWN_EVENT_TYPE,
                "type": "string",
                "pattern": f"^{EVENT_TYPE.pattern}$",
                "not": {"const": RUN_FAILED},
                "examples": ["order.charged"],
            },
            "payload": {
                "title": "Payload",
                "description": "Any JSON.",
                "default": {},
                "examples": [{"order": "{{ event.payload.id }}"}],
            },
            "subject": {
                "title": "Subject",
                "description": "The object of the event.",
                "type": "string",
                "maxLength": LIMITS.text_characters,
                "examples": ["customer/42"],
            },
        },
        "examples": [{"type": "order.charged", "payload": {"order": "{{ event.payload.id }}"}}],
    },
    output_schema={
        "$schema": DIALECT,
        "title": "Emitted",
        "description": "The event that was made.",
        "type": "object",
        "additionalProperties": False,
        "required": ["event"],
        "properties": {
            "event": {
                "title": "Event",
                "description": "The id of the event.",
                "type": "string",
                "examples": ["0198c0de-0000-7000-8000-000000000001"],
            },
        },
        "examples": [{"event": "0198c0de-0000-7000-8000-000000000001"}],
    },
    no_timeout=ENDS_AT_ONCE,
)
