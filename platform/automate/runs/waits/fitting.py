"""Decides whether an event ends a wait. This module reads no database."""

from __future__ import annotations

from collections.abc import Mapping

from automate.events.records import EventRecord
from automate.kernel.canonical import checksum
from automate.kernel.json_text import Encoded, json_bytes
from automate.kernel.json_values import JsonValue
from automate.rules.predicate import compile_rule, verdict
from automate.runs.step_state import StepOutcome
from automate.workflows.flow_steps.wait_for_event import EventAwaited, value_at
from automate.workflows.parts import written


def digest_at(data: Mapping[str, JsonValue], path: str) -> str:
    """Return the checksum of the value at ``path`` in an event. Return "" for an empty path."""
    return checksum(value_at(data, path)) if path else ""


def fits(match: JsonValue, data: Mapping[str, JsonValue]) -> bool:
    """Return whether an event meets the condition ``match``. If ``match`` is None, every event meets it."""
    return match is None or verdict(compile_rule(match), {**data}).matched


def came(event: EventRecord) -> StepOutcome:
    """Return the outcome of a wait that ends because this event has arrived.

    For a large event, the outcome is JSON text.
    """
    output = written(EventAwaited(event.seen_by_templates(), timed_out=False))
    return {"output": output if event.large is None else Encoded(json_bytes(output))}
