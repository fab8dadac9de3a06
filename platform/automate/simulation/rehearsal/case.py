"""A case: a workflow, its event, and the answers of other systems."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from automate.events.records import EventRecord
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonObject, JsonValue, as_number, as_object, as_objects, as_text
from automate.workflows.flow_steps.delay import timestamp

BEGINNING = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""The time of an event that has no time of its own. It is fixed, so that a case has the same result on every
day."""
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
    definition: JsonObject
    event: EventRecord
    expect: Mapping[str, JsonValue]
    """The expectations, as written in the file."""
    answers: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict)
    """The answers by address, in the order of the attempts."""
    events: Sequence[Coming] = ()
    decisions: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict)
    """By step."""
    children: Mapping[str, JsonObject] = field(default_factory=dict)
    """By step."""
    lookups: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict)
    """Results of lookups, by address."""
    resolutions: Mapping[str, JsonObject] = field(default_factory=dict)
    """Operators' decisions on uncertain calls, by address."""
    stop_after_seconds: float | None = None
    """Seconds after the start at which the run is checked. None means at its end."""
    pinned: Mapping[str, JsonValue] = field(default_factory=dict)
    """Outputs of steps that are not executed."""
    assumes: bool = False
    """True if missing parts are made up: calls return their connector's example, people approve at once, child
    runs succeed, and the last answer for a call is repeated for further attempts."""
    recorded: frozenset[str] = frozenset()
    """Addresses whose answers come from a real run. Redaction may have changed their shape."""

    def on(self, event: EventRecord) -> Case:
        return replace(self, event=event)


def case_of(document: Mapping[str, JsonValue], *, workflow: str, definition: JsonObject) -> Case:
    """Build a case from a document of the right shape. Raises BAD_USER_INPUT for an invalid time or id."""
    event = event_of(as_object(document["event"]), number=0)
    stop = document.get("stop_after_seconds")
    coming = [
        Coming(after, event_of(given, number=number, received_at=event.received_at + timedelta(seconds=after)))
        for number, given in enumerate(as_objects(document.get("events", [])), start=1)
        for after in [seconds_of(given, "after_seconds")]
    ]
    return Case(
        workflow=workflow,
        definition=definition,
        event=event,
        expect=as_object(document["expect"]),
        answers=listed_objects(document, "answers"),
        events=coming,
        decisions=listed_objects(document, "decisions"),
        children=objects(document, "children"),
        lookups=listed_objects(document, "lookups"),
        resolutions=objects(document, "resolutions"),
        stop_after_seconds=None if stop is None else float(as_number(stop)),
    )


def seconds_of(given: Mapping[str, JsonValue], name: str) -> float:
    return float(as_number(given.get(name, 0)))


def objects(document: Mapping[str, JsonValue], section: str) -> dict[str, JsonObject]:
    """Return a section of a checked case as a dict. The value of each key is an object."""
    return {key: as_object(one) for key, one in as_object(document.get(section, {})).items()}


def listed_objects(document: Mapping[str, JsonValue], section: str) -> dict[str, list[JsonObject]]:
    """Return a section of a checked case as a dict. Each key of the section has a list of objects."""
    return {key: as_objects(listed) for key, listed in as_object(document.get(section, {})).items()}


def event_of(given: Mapping[str, JsonValue], *, number: int, received_at: datetime | None = None) -> EventRecord:
    """Parse an event of a case. ``number`` is its position.

    Raises BAD_USER_INPUT for an invalid time or id.
    """
    try:
        occurred_at = timestamp(as_text(given["occurred_at"])) if "occurred_at" in given else received_at or BEGINNING
        event_id = uuid.UUID(as_text(given["id"])) if "id" in given else uuid.UUID(int=(1 << 64) + number)
    except (NormalizedError, ValueError):
        message = "`occurred_at` must be a time such as 2026-01-01T00:00:00Z, and `id` a UUID. Correct them, or leave them out."
        raise NormalizedError("BAD_USER_INPUT", message, path=["event"]) from None
    return EventRecord(
        id=event_id,
        type=as_text(given["type"]),
        source=as_text(given.get("source", SOURCE)),
        subject=as_text(given.get("subject", "")),
        headers=as_object(given.get("headers", {})),
        occurred_at=occurred_at,
        received_at=received_at or occurred_at,
        trace_id=TRACE_ID,
        depth=0,
        body=json_bytes(given.get("payload", {})),
    )
