"""``flow.wait_for_event`` waits for a matching event. During the wait, the run holds no worker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem
from automate.kernel.text import EVENT_TYPE
from automate.workflows.flow_steps.spec import SAYS_ITS_WAIT, FlowSpec, step_schema
from automate.workflows.parts import Part
from automate.workflows.references import EVENT_ROOTS, event_condition_problems

# No braces, so that rendering leaves it unchanged.
EVENT_PATH = rf"^({'|'.join(EVENT_ROOTS)})(\.[^.{{}}$]+)*$"


def value_at(event: Mapping[str, JsonValue], path: str) -> JsonValue:
    """Return the value at a path such as ``payload.lines.0.sku``. If nothing exists at the path, return None."""
    value: JsonValue = {**event}
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and name.isascii():
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value


def _check(given: Mapping[str, JsonValue], path: tuple[str | int, ...]) -> list[Problem]:
    problems = []
    if isinstance(given.get("match"), dict):
        problems += event_condition_problems(given["match"], (*path, "match"))
    correlation = given.get("correlation")
    read = correlation.get("event") if isinstance(correlation, dict) else None
    if isinstance(read, str) and "{" in read and not re.fullmatch(EVENT_PATH, read):
        message = '"event" must be a literal path, such as payload.order.id. Put the value to look for into "equals".'
        problems.append(Problem("INVALID_WORKFLOW", message, (*path, "correlation", "event")))
    return problems


@dataclass(frozen=True)
class Correlation:
    """The condition that assigns an event to a run."""

    event: Annotated[
        str,
        Part(
            "Path into the event",
            f"Names with dots between them, the first of {', '.join(EVENT_ROOTS)}. It is not a template.",
            {"maxLength": LIMITS.text_characters, "pattern": EVENT_PATH},
            examples=["payload.order.id"],
        ),
    ]
    equals: Annotated[
        JsonValue,
        Part(
            "Equals",
            "The value that this path must have: text, a number, true or false.",
            {"type": ["string", "number", "boolean"]},
            examples=["{{ event.payload.id }}"],
        ),
    ]


@dataclass(frozen=True)
class EventWait:
    """The input of a step that waits for an event."""

    type: Annotated[
        str,
        Part(
            "Type",
            f"The type of the event: 1 to {LIMITS.text_characters} letters, digits and characters of _ . : / -",
            {"pattern": f"^{EVENT_TYPE.pattern}$"},
            examples=["payment.settled"],
        ),
    ]
    match: Annotated[
        Mapping[str, JsonValue] | None,
        Part(
            "Match",
            f"JsonLogic over the awaited event, as in a rule: {', '.join(EVENT_ROOTS)}. It is not a template.",
            {"minProperties": 1},
            examples=[{">": [{"var": "payload.amount"}, 100]}],
        ),
    ] = None
    correlation: Annotated[
        Correlation | None,
        Part(
            "Correlation",
            "The condition that assigns an event to this run.",
            examples=[{"event": "payload.order.id", "equals": "{{ event.payload.id }}"}],
        ),
    ] = None
    timeout_seconds: Annotated[
        float | None,
        Part(
            "Time-out of the wait",
            f"Seconds; at most {LIMITS.wait_seconds // DAY_SECONDS} days. The default is the time-out of the run.",
            {"exclusiveMinimum": 0, "maximum": LIMITS.wait_seconds},
            examples=[86_400],
        ),
    ] = None
    on_timeout: Annotated[
        Literal["fail", "continue"],
        Part("On time-out", "fail; or continue, with timed_out in the output.", examples=["continue"]),
    ] = "fail"


@dataclass(frozen=True)
class EventAwaited:
    """The output of a wait for an event."""

    event: Annotated[
        Mapping[str, JsonValue] | None,
        Part(
            "Event",
            "The event, as templates read it; null if no event arrived in time.",
            examples=[{"type": "payment.settled", "payload": {"order": {"id": 7}, "amount": 120}}],
        ),
    ]
    timed_out: Annotated[bool, Part("Timed out", "True if no event arrived in time.", examples=[False])]


WAIT_FOR_EVENT = FlowSpec(
    name="flow.wait_for_event",
    title="Wait for an event",
    input_schema=step_schema(
        EventWait,
        Part(
            "Wait for an event",
            "Waits for an event with the given `type` that meets `match` and `correlation`.",
            examples=[
                {"type": "payment.settled"},
                {
                    "type": "payment.settled",
                    "match": {">": [{"var": "payload.amount"}, 100]},
                    "correlation": {"event": "payload.order.id", "equals": "{{ event.payload.id }}"},
                    "timeout_seconds": 86_400,
                    "on_timeout": "continue",
                },
            ],
        ),
    ),
    output_schema=step_schema(
        EventAwaited,
        Part("Awaited event", "The event, if one arrived in time.", examples=[{"event": None, "timed_out": True}]),
    ),
    raw=frozenset({"match"}),
    wait="timeout_seconds",
    no_timeout=SAYS_ITS_WAIT,
    check=_check,
)
