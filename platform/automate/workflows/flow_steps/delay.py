"""``flow.delay`` waits for a number of seconds, or until a timestamp. A run that waits holds no worker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem
from automate.kernel.timestamps import parse_timestamp
from automate.workflows.flow_steps.spec import SAYS_ITS_WAIT, FlowSpec, step_schema
from automate.workflows.parts import Part
from automate.workflows.templates.literals import MARK
from automate.workflows.templates.scanner import OPEN

# RFC 3339, 5.6
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def timestamp(text: str) -> datetime:
    """Parse an RFC 3339 timestamp. The timestamp must have an offset from UTC.

    Raises BAD_USER_INPUT for any other text. The error has the path ``with.until``, a field of the step.
    """
    if _TIMESTAMP.fullmatch(text):
        with suppress(ValueError, OverflowError):
            return parse_timestamp(text)
    raise NormalizedError(
        "BAD_USER_INPUT",
        '"until" must be a date and time with an offset from UTC, such as 2026-11-25T10:00:00Z.',
        path=["with", "until"],
    )


def _check(given: Mapping[str, JsonValue], path: tuple[str | int, ...]) -> list[Problem]:
    until = given.get("until")
    if not isinstance(until, str) or OPEN in until or MARK in until:
        return []
    try:
        timestamp(until)
    except NormalizedError as error:
        return [Problem("INVALID_WORKFLOW", error.message, (*path, "until"))]
    return []


@dataclass(frozen=True)
class DelayInput:
    """The input of a delay. Exactly one of the fields is set."""

    seconds: Annotated[
        float | None,
        Part(
            "Seconds",
            f"The time to wait; at most {LIMITS.wait_seconds // DAY_SECONDS} days.",
            {"exclusiveMinimum": 0, "maximum": LIMITS.wait_seconds},
            examples=[3_600],
        ),
    ] = None
    until: Annotated[
        str | None,
        Part(
            "Until",
            "The time to wait for, as an RFC 3339 date-time with its offset. A past time ends the wait at once.",
            {"format": "date-time"},
            examples=["2026-11-25T10:00:00Z"],
        ),
    ] = None


@dataclass(frozen=True)
class DelayOutput:
    """The output of a delay."""

    until: Annotated[
        str,
        Part(
            "Until",
            "The time at which the wait ended, as planned, as an RFC 3339 date-time.",
            {"format": "date-time"},
            examples=["2026-11-25T10:00:00+00:00"],
        ),
    ]


DELAY = FlowSpec(
    name="flow.delay",
    title="Delay",
    input_schema=step_schema(
        DelayInput,
        Part(
            "Delay",
            "Waits for a number of seconds, or until a time. Give either `seconds` or `until`.",
            {"minProperties": 1, "maxProperties": 1},
            examples=[{"seconds": 3_600}, {"until": "{{ event.payload.due_at }}"}],
        ),
    ),
    output_schema=step_schema(
        DelayOutput,
        Part("Delayed", "When the wait was over.", examples=[{"until": "2026-11-25T10:00:00+00:00"}]),
    ),
    wait="seconds",
    no_timeout=SAYS_ITS_WAIT,
    check=_check,
)
