"""A case: a workflow, its event, and the answers of other systems."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from automate.events.records import EventRecord
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.json_text import json_bytes
from automate.workflows.flow_steps.delay import timestamp

BEGINNING = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""Time of an event without one, so that a case has the same result on every day."""
TRACE_ID = "0" * 31 + "1"
SOURCE = "api"


@dataclass(frozen=True)
class Coming:
    """An event that arrives during the simulated run."""

    after_seconds: float
    event: EventRecord


@dataclass(frozen=True)
class Case:
    workflow: str
    definition: Json
    event: EventRecord
    expect: Mapping[str, Json]
    """As written in the file."""
    answers: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """By address, in the order of attempts."""
    events: Sequence[Coming] = ()
    decisions: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """By step."""
    children: Mapping[str, Json] = field(default_factory=dict)
    """By step."""
    lookups: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """Results of lookups, by address."""
    resolutions: Mapping[str, Json] = field(default_factory=dict)
    """Operators' decisions on uncertain calls, by address."""
    stop_after_seconds: float | None = None
    """The time at which to look at the run; None for its end."""
    pinned: Mapping[str, Json] = field(default_factory=dict)
    """Outputs of steps that are not executed."""
    assumes: bool = False
    """Make up missing parts: calls return their connector's example, people approve at once, child runs succeed, and the last
    answer for a call is repeated for further attempts."""
    recorded: frozenset[str] = frozenset()
    """Addresses whose answers come from a real run. Redaction may have changed their shape."""

    def on(self, event: EventRecord) -> Case:
        return replace(self, event=event)


def case_of(document: Mapping[str, Json], *, workflow: str, definition: Json) -> Case:
    """Build a case from a document of the right shape. Raises BAD_USER_INPUT for an invalid time or id."""
    event = event_of(document["event"], number=0)
    coming = [
        Coming(after, event_of(given, number=number, received_at=event.received_at + timedelta(seconds=after)))
        for number, given in enumerate(document.get("events", ()), start=1)
        for after in [float(given.get("after_seconds", 0))]
    ]
    return Case(
        workflow=workflow,
        definition=definition,
        event=event,
        expect=document["expect"],
        answers=document.get("answers", {}),
        events=coming,
        decisions=document.get("decisions", {}),
        children=document.get("children", {}),
        lookups=document.get("lookups", {}),
        resolutions=document.get("resolutions", {}),
        stop_after_seconds=document.get("stop_after_seconds"),
    )


def event_of(given: Mapping[str, Json], *, number: int, received_at: datetime | None = None) -> EventRecord:
    """Parse an event of a case. ``number`` is the event's position in the case."""
    try:
        occurred_at = timestamp(given["occurred_at"]) if "occurred_at" in given else received_at or BEGINNING
        event_id = uuid.UUID(given["id"]) if "id" in given else uuid.UUID(int=(1 << 64) + number)
    except (NormalizedError, ValueError):
        message = "`occurred_at` must be a time such as 2026-01-01T00:00:00Z, and `id` a UUID. Correct them, or leave them out."
        raise NormalizedError("BAD_USER_INPUT", message, path=["event"]) from None
    return EventRecord(
        id=event_id,
        type=given["type"],
        source=given.get("source", SOURCE),
        subject=given.get("subject", ""),
        headers=given.get("headers", {}),
        occurred_at=occurred_at,
        received_at=received_at or occurred_at,
        trace_id=TRACE_ID,
        depth=0,
        body=json_bytes(given.get("payload", {})),
    )
