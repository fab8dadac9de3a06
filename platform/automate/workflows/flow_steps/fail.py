"""``flow.fail`` fails with a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.workflows.flow_steps.spec import ENDS_AT_ONCE, FlowSpec, step_schema
from automate.workflows.parts import Part

MESSAGE_CHARACTERS = 1_000


@dataclass(frozen=True)
class FailInput:
    """The input of ``flow.fail``."""

    message: Annotated[
        str,
        Part(
            "Message",
            "The reason that people read.",
            {"minLength": 1, "maxLength": MESSAGE_CHARACTERS},
            examples=["Order {{ event.payload.id }} has no address."],
        ),
    ]
    details: Annotated[
        Mapping[str, JsonValue] | None,
        Part(
            "Details", "Data for programs, in addition to the message.", examples=[{"order": "{{ event.payload.id }}"}]
        ),
    ] = None


FAIL = FlowSpec(
    name="flow.fail",
    title="Fail",
    input_schema=step_schema(
        FailInput,
        Part(
            "Fail",
            "A step with `flow.fail` fails with a message. Give the step a condition in `if`.",
            examples=[{"message": "Order {{ event.payload.id }} has no address.", "details": {"field": "address"}}],
        ),
    ),
    output_schema=step_schema(
        None, Part("Failure", "A step with `flow.fail` always fails, so the step has no output.", examples=[None])
    ),
    no_timeout=ENDS_AT_ONCE,
)
