"""``flow.transform`` converts data into another shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.workflows.flow_steps.spec import ENDS_AT_ONCE, FlowSpec, step_schema
from automate.workflows.parts import Part


@dataclass(frozen=True)
class TransformInput:
    """The input of ``flow.transform``."""

    output: Annotated[
        JsonValue,
        Part(
            "Output",
            "Any JSON; the rendered value is the step's output.",
            examples=[{"name": "{{ event.payload.name }}"}, "{{ event.payload.rows[?paid].id }}"],
        ),
    ]


TRANSFORM = FlowSpec(
    name="flow.transform",
    title="Transform",
    input_schema=step_schema(
        TransformInput,
        Part(
            "Transform",
            "Puts data into another shape for later steps.",
            examples=[{"output": {"ids": "{{ event.payload.rows[*].id }}", "from": "{{ event.source }}"}}],
        ),
    ),
    output_schema=step_schema(
        object,
        Part(
            "Transformed",
            "The output of the step is the value of `output` with rendered templates.",
            examples=[{"ids": [1, 2], "from": "shop"}],
        ),
    ),
    no_timeout=ENDS_AT_ONCE,
)
