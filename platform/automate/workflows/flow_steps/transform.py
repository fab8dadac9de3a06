"""``flow.transform`` converts data into another shape."""

from __future__ import annotations

from automate.workflows.flow_steps.spec import DIALECT, ENDS_AT_ONCE, FlowSpec

TRANSFORM = FlowSpec(
    name="flow.transform",
    title="Transform",
    input_schema={
        "$schema": DIALECT,
        "title": "Transform",
        "description": "Puts data into another shape for later steps.",
        "type": "object",
        "additionalProperties": False,
        "required": ["output"],
        "properties": {
            "output": {
                "title": "Output",
                "description": "Any JSON; the rendered value is the step's output.",
                "examples": [{"name": "{{ event.payload.name }}"}, "{{ event.payload.rows[?paid].id }}"],
            },
        },
        "examples": [{"output": {"ids": "{{ event.payload.rows[*].id }}", "from": "{{ event.source }}"}}],
    },
    output_schema={
        "$schema": DIALECT,
        "title": "Transformed",
        "description": "The value of `output` after templates were rendered.",
        "examples": [{"ids": [1, 2], "from": "shop"}],
    },
    no_timeout=ENDS_AT_ONCE,
)
