"""A case: the workflow, the event that it runs on, and what the world would say to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import orjson

from automate.events.records import EventRecord
from automate.kernel.errors import Json, NormalizedError
from automate.workflows.flow_steps.delay import moment

BEGINNING = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""When an event came that does not say when, so that a case comes to the same on every day."""
TRACE_ID = "0" * 31 + "1"
SOURCE = "api"


@dataclass(frozen=True)
class Coming:
    """An event that comes while the run goes on."""

    after_seconds: float
    event: EventRecord


@dataclass(frozen=True)
class Case:
    """answers: by address, in the order of attempts: ``step``, ``step[2]`` or ``step[*]`` for items, ``step.compensate``.
    lookups: what its connector finds, by the same; resolutions: what a person says of a call whose outcome nobody knows.
    decisions and children: by step. stop_after_seconds: look at the run as it is then, None to its end. expect: as written.
    pinned: what steps have given already, which are not taken. assumes: what the case leaves open is made up: calls give their
    connector's example, people approve at once, awaited runs succeed; and the last answer for a call stands for all further attempts.
    recorded: the addresses whose answers a real run had; redaction may have left them another shape than their connector gives.
    """

    workflow: str
    definition: Json
    event: EventRecord
    expect: Mapping[str, Json]
    answers: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    events: Sequence[Coming] = ()
    decisions: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    children: Mapping[str, Json] = field(default_factory=dict)
    lookups: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    resolutions: Mapping[str, Json] = field(default_factory=dict)
    stop_after_seconds: float | None = None
    pinned: Mapping[str, Json] = field(default_factory=dict)
    assumes: bool = False
    recorded: frozenset[str] = frozenset()

    def on(self, event: EventRecord) -> Case:
        """The same case on another event."""
        return replace(self, event=event)


def case_of(document: Mapping[str, Json], *, workflow: str, definition: Json) -> Case:
    """The case of a document that has the shape. Raises NormalizedError BAD_USER_INPUT for a time or id that is none."""
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
    """number: of the event in its case, of which its id is made where it has none."""
    try:
        occurred_at = moment(given["occurred_at"]) if "occurred_at" in given else received_at or BEGINNING
        event_id = uuid.UUID(given["id"]) if "id" in given else uuid.UUID(int=(1 << 64) + number)
    except (NormalizedError, ValueError):
        message = "an event's occurred_at is a time such as 2026-01-01T00:00:00Z, its id a UUID; or leave them out"
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
        body=orjson.dumps(given.get("payload", {})),
    )
