"""Starts work without a webhook: ingests events of API clients, and runs workflows by hand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.audit import services as audit
from automate.events.bodies import event_body
from automate.events.models import (
    API_SOURCE,
    CONFLICT,
    MANUAL_SOURCE,
    NEW,
    RUNS_SOURCE,
    SCHEDULES_SOURCE,
    SIGNALS_SOURCE,
)
from automate.events.services import IngestResult, NewEvent, record_events, rejections
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.strict_json import check_value
from automate.kernel.text import check_event_type, check_text
from automate.kernel.trace import current_trace
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox.wakeups import wake_relay
from automate.rules.new_runs import NewRun, WorkflowVersionRef
from automate.runs.models import ExecutionRun
from automate.runs.services import create_runs
from automate.triggers.queries import SourceRecord, find_source, find_sources
from automate.triggers.sources import save_source
from automate.triggers.timestamps import check_timestamp
from automate.workflows.queries import startable

__all__ = ["EventToIngest", "ingest_event", "ingest_events", "run_workflow", "save_source"]

MOST_EVENTS = 100
"""The maximum number of events in one call of ``ingest_events``."""

MANUAL_TYPE = "manual"
MADE_INSIDE = {
    MANUAL_SOURCE: "runWorkflow",
    RUNS_SOURCE: "runs",
    SCHEDULES_SOURCE: "schedules",
    SIGNALS_SOURCE: "signals",
}


@dataclass(frozen=True)
class EventToIngest:
    """An event from an authenticated client. Missing fields are None."""

    type: str
    payload: JsonValue
    source: str = API_SOURCE
    """A slug."""
    idempotency_key: str | None = None
    subject: str | None = None
    occurred_at: datetime | None = None


def ingest_event(
    *,
    source: str = API_SOURCE,
    type: str,  # noqa: A002 - the event's word
    payload: JsonValue,
    idempotency_key: str | None = None,
    subject: str | None = None,
    occurred_at: datetime | None = None,
    depth: int = 0,
) -> IngestResult:
    """Ingest one event of an authenticated client. A conflict raises no error.

    Raises NOT_FOUND for the source, BAD_USER_INPUT or PAYLOAD_TOO_LARGE for a field, INVALID_EVENT for a payload that
    the event type rejects.
    """
    given = EventToIngest(type, payload, source, idempotency_key, subject, occurred_at)
    found = find_source(source) if source not in MADE_INSIDE else None
    (ingested,) = record_events([_checked(given, found, depth)], audited=True, refusable=True)
    return ingested


def ingest_events(given: Sequence[EventToIngest], depth: int = 0) -> list[IngestResult | NormalizedError]:
    """Ingest up to MOST_EVENTS events. Returns one outcome for each event, in the given order.

    Raises LIMIT_EXCEEDED or UNAVAILABLE for the whole call.
    """
    if len(given) > MOST_EVENTS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"The call has {len(given)} events. The maximum is {MOST_EVENTS}. Send the other events in further calls.",
            details={"limit": "events", "maximum": MOST_EVENTS},
            path=["events"],
        )
    sources = find_sources({event.source for event in given})
    outcomes: dict[int, IngestResult | NormalizedError] = {}
    accepted: dict[int, NewEvent] = {}
    for place, event in enumerate(given):
        try:
            accepted[place] = _checked(event, sources.get(event.source), depth)
        except NormalizedError as refusal:
            refusal.path = ["events", str(place), *refusal.path]
            outcomes[place] = refusal
    while accepted:
        events = list(accepted.values())
        try:
            outcomes |= zip(accepted, record_events(events, audited=True, refusable=True), strict=True)
            break
        except NormalizedError as refusal:
            if refusal.code != "INVALID_EVENT":
                raise
        for place, error in zip(list(accepted), rejections(events), strict=True):
            if error is not None:
                error.path = ["events", str(place), *error.path]
                outcomes[place] = error
                del accepted[place]
    return [outcomes[place] for place in range(len(given))]


def _checked(given: EventToIngest, source: SourceRecord | None, depth: int) -> NewEvent:
    found = _enabled_source(given.source, source)
    check_event_type(given.type, path=["type"])
    return NewEvent(
        source_id=found.id,
        type=given.type,
        body=_body(given.payload),
        trace_id=current_trace().trace_id,
        idempotency_key=_key(given.idempotency_key),
        subject=check_text(given.subject or "", path=["subject"], least=0, most=LIMITS.text_characters),
        occurred_at=_timestamp(given.occurred_at),
        depth=depth,
    )


def _enabled_source(slug: str, found: SourceRecord | None) -> SourceRecord:
    if slug in MADE_INSIDE:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The source {slug} is built in, and only {MADE_INSIDE[slug]} makes its events. Name another source.",
            path=["source"],
        )
    if found is None:
        raise NormalizedError("NOT_FOUND", "No source has this slug. Save the source first.", path=["source"])
    if not found.enabled:
        raise NormalizedError("BAD_USER_INPUT", "This source is disabled. Enable it first.", path=["source"])
    return found


def _body(payload: JsonValue) -> bytes:
    check_value(payload, max_bytes=LIMITS.event_bytes)
    return event_body(payload)


def _key(idempotency_key: str | None) -> str:
    if idempotency_key is None:
        return ""
    return check_text(idempotency_key, path=["idempotencyKey"], most=LIMITS.idempotency_key_characters)


def _timestamp(occurred_at: datetime | None) -> datetime | None:
    if occurred_at is None:
        return None
    return check_timestamp(occurred_at, "occurredAt", ["occurredAt"])


def run_workflow(*, workflow: str, payload: JsonValue, idempotency_key: str | None, depth: int = 0) -> uuid.UUID:
    """Start a workflow's current version by hand, and return the run's id. Rules ignore the event of this run.

    If ``idempotency_key`` was used before, returns the id of the first run.

    Raises NormalizedError:
    - NOT_FOUND, BAD_USER_INPUT or CONFLICT if the workflow cannot be started
    - BAD_USER_INPUT or PAYLOAD_TOO_LARGE if the payload is invalid
    - CONFLICT if the key was used with another payload or workflow
    - LIMIT_EXCEEDED if the run would be too deep
    """
    body, key = _body(payload), _key(idempotency_key)
    with in_transaction():
        workflow_id, version = _current_version(workflow)
        trace_id = current_trace().trace_id
        event = NewEvent(
            manual_source_id(), MANUAL_TYPE, body, trace_id, idempotency_key=key, depth=depth, matched=False
        )
        (ingested,) = record_events([event], audited=False)
        if ingested.outcome == NEW:
            # Only for new events: a repeated key starts no run, so its depth does not matter.
            check_depth(depth)
            run_id = new_id()
            create_runs([NewRun(run_id, workflow_id, version, ingested.event_id, None, trace_id, depth + 1)])
            audit.record("workflow.run", "execution_run", run_id, workflow, {})
            after_commit(wake_relay)
            return run_id
    return _first_run(ingested, workflow_id)


def check_depth(depth: int) -> None:
    """Raise LIMIT_EXCEEDED if a run at the depth ``depth`` cannot start another run."""
    if depth >= LIMITS.causation_depth:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"A run at depth {depth} sent this request. The limit causation_depth allows no deeper run. The usual cause is "
            "a loop of runs that start one another. Break the loop, or start the run with a request from outside a run.",
            details={"limit": "causation_depth", "depth": depth},
        )


def _current_version(slug: str) -> tuple[uuid.UUID, WorkflowVersionRef]:
    key = check_text(slug, path=["workflow"], most=LIMITS.text_characters), None
    found = startable([key]).get(key)
    if found is None:
        raise NormalizedError(
            "NOT_FOUND", f"There is no workflow {slug!r}. Save the workflow first.", path=["workflow"]
        )
    if found.version_id is None:
        raise NormalizedError(
            "BAD_USER_INPUT", "This workflow has no published version. Publish it first.", path=["workflow"]
        )
    if not found.enabled:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "This workflow is disabled. Ask the operator of the platform to enable it.",
            path=["workflow"],
        )
    if found.archived:
        raise NormalizedError("CONFLICT", "This workflow is archived. Unarchive it first.", path=["workflow"])
    return found.workflow_id, WorkflowVersionRef(found.version_id, found.step_count, found.timeout_seconds)


def manual_source_id() -> uuid.UUID:
    """Return the id of the built-in source of manual runs. Raises INTERNAL if the source is missing."""
    found = find_source(MANUAL_SOURCE)
    if found is None:
        raise NormalizedError(
            "INTERNAL",
            f"The built-in source {MANUAL_SOURCE} of this tenant's schema is missing. Run `automate migrate`.",
        )
    return found.id


def _first_run(ingested: IngestResult, workflow_id: uuid.UUID) -> uuid.UUID:
    first = (
        ExecutionRun.objects.filter(event_id=ingested.event_id).order_by("id").values_list("id", "workflow_id").first()
    )
    if ingested.outcome == CONFLICT or first is None or first[1] != workflow_id:
        raise NormalizedError(
            "CONFLICT",
            "This idempotencyKey was used before, for another workflow or with another payload. Send a new key.",
            details={"event_id": str(ingested.event_id)},
            path=["idempotencyKey"],
        )
    run_id: uuid.UUID = first[0]
    return run_id
