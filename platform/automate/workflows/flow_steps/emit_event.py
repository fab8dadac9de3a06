"""``flow.emit_event`` emits an event. Rules match this event like any other event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.text import EVENT_TYPE, OWN_EVENT_TYPE, RUN_FAILED
from automate.workflows.flow_steps.spec import ENDS_AT_ONCE, FlowSpec, step_schema
from automate.workflows.parts import Part


@dataclass(frozen=True)
class EventToEmit:
    """The input of a step that emits an event."""

    type: Annotated[
        str,
        Part(
            "Type",
            OWN_EVENT_TYPE,
            {"pattern": f"^{EVENT_TYPE.pattern}$", "not": {"const": RUN_FAILED}},
            examples=["order.charged"],
        ),
    ]
    payload: Annotated[JsonValue, Part("Payload", "Any JSON.", examples=[{"order": "{{ event.payload.id }}"}])] = field(
        default_factory=dict
    )
    subject: Annotated[
        str,
        Part("Subject", "The object of the event.", {"maxLength": LIMITS.text_characters}, examples=["customer/42"]),
    ] = ""


@dataclass(frozen=True)
class EventEmitted:
    """The output of ``flow.emit_event``."""

    event: Annotated[str, Part("Event", "The id of the event.", examples=["0198c0de-0000-7000-8000-000000000001"])]


EMIT_EVENT = FlowSpec(
    name="flow.emit_event",
    title="Emit an event",
    input_schema=step_schema(
        EventToEmit,
        Part(
            "Emit an event",
            "Creates an event. Rules match the new event like any other.",
            examples=[{"type": "order.charged", "payload": {"order": "{{ event.payload.id }}"}}],
        ),
    ),
    output_schema=step_schema(
        EventEmitted,
        Part("Emitted", "The event that was made.", examples=[{"event": "0198c0de-0000-7000-8000-000000000001"}]),
    ),
    no_timeout=ENDS_AT_ONCE,
)
