"""Ingests events. An event that is sent twice is stored once."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from automate.audit.services import entry
from automate.budgets.spending.transitions import Crossing
from automate.events import metering, thresholds
from automate.events.bodies import event_body
from automate.events.event_types.declared import Reading, cached_types, read_types
from automate.events.feed import channel
from automate.events.models import CONFLICT, DUPLICATE, NEW, RUNS_SOURCE
from automate.events.noticing import plan_budgets
from automate.events.queries import source_id_of
from automate.events.transitions import IDEMPOTENCY_KEY_SECONDS, EventToAccept, accept, prune_keys, read_winners
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonObject, as_texts
from automate.kernel.principals import current_principal
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import BUDGET_THRESHOLD
from automate.kernel.trace import current_trace
from automate.kernel.transactions import after_commit
from automate.outbox.giving_way import small_work
from automate.outbox.wakeups import publish, wake_relay

MATCH_ATTEMPTS = 5
"""The attempts to match one event before its job is dead."""

TRIES = 2
"""The maximum number of tries to accept events. A key that was in use can expire before its event is read. The second
try then takes the key."""

DECLARED_TRIES = 5
"""How many times events are read if the tenant's event types change meanwhile."""

KEYS_PER_PRUNING = 64
"""One of this many new keys, chosen at random, also removes expired keys of its tenant, up to twice this number. So
tenants that send keys pay for the work, and an idle tenant costs nothing.
"""


@dataclass(frozen=True)
class NewEvent:
    """An event to ingest."""

    source_id: uuid.UUID
    type: str
    body: bytes
    trace_id: str
    idempotency_key: str = ""
    """Empty for none."""
    key_seconds: int = IDEMPOTENCY_KEY_SECONDS
    """How long the key is remembered."""
    subject: str = ""
    """Empty for none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case, without credentials."""
    occurred_at: datetime | None = None
    """None for now."""
    depth: int = 0
    """The length of the chain of runs that led to the event; 0 for an event from outside."""
    matched: bool = True
    """Whether rules see the event."""
    derived_from: uuid.UUID | None = None
    """The event whose payload was edited to make this one."""
    secret_version: int | None = None
    """The source's secret that verified the sender."""
    redelivered_from: uuid.UUID | None = None
    """The stored delivery that is redelivered."""
    id: uuid.UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class IngestResult:
    """The outcome of the ingestion of one event."""

    event_id: uuid.UUID
    """The event that holds the key. ``trace_id`` and ``received_at`` belong to the same event."""
    outcome: str
    """NEW, DUPLICATE or CONFLICT."""
    trace_id: str
    received_at: datetime
    only_time_differs: bool = False
    """True for a CONFLICT if only occurred_at differs."""


def record_events(
    events: Sequence[NewEvent], *, audited: bool, repeats_recorded: bool = True, refusable: bool = False
) -> list[IngestResult]:
    """Ingest events in their order. Of two events with the same key, the first event is stored.

    - audited: write an audit entry for each new event.
    - repeats_recorded: store a delivery for each repeat.
    - refusable: event types and budgets can reject events.

    Raises BUDGET_EXCEEDED if a budget is used up. Raises INVALID_EVENT, with the event's path, if an event type rejects
    an event. Raises UNAVAILABLE if concurrent requests prevent an answer. After an error, no event is accepted.
    """
    small_work.expect_jobs(current_tenant().id, len(events))
    return _record(events, audited=audited, repeats_recorded=repeats_recorded, refusable=refusable, unmetered=refusable)


def _record(
    events: Sequence[NewEvent], *, audited: bool, repeats_recorded: bool, refusable: bool, unmetered: bool
) -> list[IngestResult]:
    # With `unmetered`, no budget has counted these events yet.
    tenant_id = current_tenant().id
    types, done = cached_types(tenant_id), dict[uuid.UUID, IngestResult]()
    for _ in range(DECLARED_TRIES):
        readings = [types.read(event.type, event.body, event.headers) for event in events]
        rejected = refusable and any(reading.rejected for reading in readings)
        if rejected and (now := read_types(tenant_id)).mark != types.mark:
            types = now
            continue
        if rejected:
            raise _invalid(events, readings)
        rows = [_row(event, reading) for event, reading in zip(events, readings, strict=True)]
        if _recorded(
            rows, types.mark, done, audited=audited, repeats_recorded=repeats_recorded, unmetered=unmetered and not done
        ):
            _announce(rows, done)
            return [done[row.id] for row in rows]
        if unmetered and not done and metering.is_metered(tenant_id):
            return metering.within_budgets(
                tenant_id,
                partial(
                    _record,
                    events,
                    audited=audited,
                    repeats_recorded=repeats_recorded,
                    refusable=refusable,
                    unmetered=False,
                ),
                announce_thresholds,
            )
        types = read_types(tenant_id)
    raise NormalizedError(
        "UNAVAILABLE",
        "The event types of this tenant changed during each attempt to accept the event. Send the event again.",
    )


def announce_thresholds(crossings: Sequence[Crossing]) -> None:
    """Record an event ``budget.threshold`` for each threshold that a budget reached.

    Call this function in the transaction that spent the budgets.
    """
    if not crossings:
        return
    source, trace = source_id_of(RUNS_SOURCE), current_trace().trace_id
    events = [
        NewEvent(
            source_id=source,
            type=BUDGET_THRESHOLD,
            body=event_body(thresholds.payload_of(crossing)),
            trace_id=trace,
            subject=thresholds.subject_of(crossing),
            idempotency_key=thresholds.key_of(crossing),
            key_seconds=thresholds.KEY_SECONDS,
        )
        for crossing in crossings
    ]
    record_events(events, audited=False, repeats_recorded=False)
    plan_budgets(crossings)


def rejections(events: Sequence[NewEvent]) -> list[NormalizedError | None]:
    """Check events against their types. Return the error of each rejected event, and None for each valid event."""
    types = cached_types(current_tenant().id)
    readings = [types.read(event.type, event.body, event.headers) for event in events]
    return [
        _invalid([event], [reading]) if reading.rejected else None
        for event, reading in zip(events, readings, strict=True)
    ]


def _invalid(events: Sequence[NewEvent], readings: Sequence[Reading]) -> NormalizedError:
    place, reading = next((place, reading) for place, reading in enumerate(readings) if reading.rejected)
    event_type, first = events[place].type, reading.problems[0]
    at = as_texts(first["path"])
    where = "/".join(at) or "the payload"
    message = (
        f"An event {event_type} does not match the schema of its type: at {where}, {first['message']}. "
        "Send a payload that matches, or change the schema."
    )
    path = ["payload", *at]
    details: JsonObject = {"type": event_type, "problems": [*reading.problems]}
    return NormalizedError("INVALID_EVENT", message, details=details, path=path if len(events) == 1 else [place, *path])


def _recorded(
    rows: Sequence[EventToAccept],
    mark: int,
    done: dict[uuid.UUID, IngestResult],
    *,
    audited: bool,
    repeats_recorded: bool,
    unmetered: bool,
) -> bool:
    # False if event types have changed since they were read.
    for _ in range(TRIES):
        left = [row for row in rows if row.id not in done]
        if not left:
            break
        fresh = _first_of_each_key(left)
        taken = _accept(fresh, mark, audited=audited, unmetered=unmetered)
        if taken is None:
            return False
        done.update(
            (row.id, IngestResult(row.id, NEW, row.trace_id, taken[row.id])) for row in fresh if row.id in taken
        )
        done |= _read_winners([row for row in left if row.id not in done], recorded=repeats_recorded)
    if len(done) < len(rows):
        raise NormalizedError(
            "UNAVAILABLE",
            "Another request with this idempotency key is in progress. When that request has ended, send the event again.",
        )
    return True


def _announce(rows: Sequence[EventToAccept], done: Mapping[uuid.UUID, IngestResult]) -> None:
    # Also removes some expired keys.
    new = [row for row in rows if done[row.id].outcome == NEW]
    if new:
        announce = wake_relay if any(row.matched for row in new) else publish
        after_commit(partial(announce, channel(current_tenant().id)))
    if chosen := sum(row.id.int % KEYS_PER_PRUNING == 0 for row in rows if row.key):
        prune_keys(most=chosen * KEYS_PER_PRUNING * 2)


def _row(event: NewEvent, reading: Reading) -> EventToAccept:
    return EventToAccept(
        id=event.id,
        source_id=event.source_id,
        type=event.type,
        subject=event.subject,
        key=event.idempotency_key,
        key_seconds=event.key_seconds,
        headers=json_string(dict(event.headers)),
        body=event.body,
        digest=hashlib.sha256(event.body).hexdigest(),
        trace_id=event.trace_id,
        depth=event.depth,
        occurred_at=event.occurred_at,
        matched=event.matched,
        derived_from=event.derived_from,
        secret_version=event.secret_version,
        redelivered_from=event.redelivered_from,
        problems=json_string(reading.problems) if reading.problems else None,
        found=reading.digests,
    )


def _first_of_each_key(rows: Sequence[EventToAccept]) -> list[EventToAccept]:
    # One statement cannot write a key twice. The rows are sorted, so that two statements do not deadlock.
    first: dict[tuple[uuid.UUID, str], EventToAccept] = {}
    for row in rows:
        first.setdefault((row.source_id, row.key or str(row.id)), row)
    return [first[place] for place in sorted(first)]


def _accept(
    rows: Sequence[EventToAccept], mark: int, *, audited: bool, unmetered: bool
) -> dict[uuid.UUID, datetime] | None:
    principal = current_principal()
    entries = [entry("event.ingest", "event", row.id, row.type, {}) for row in rows] if audited else []
    return accept(
        rows,
        tenant_id=current_tenant().id,
        actor=(principal.kind, principal.name, principal.person),
        max_attempts=MATCH_ATTEMPTS,
        audit_entries=entries,
        mark=mark,
        unmetered=unmetered,
    )


def _read_winners(rows: Sequence[EventToAccept], *, recorded: bool) -> dict[uuid.UUID, IngestResult]:
    if not rows:
        return {}
    deliveries = {new_id(): row for row in rows}
    return {
        deliveries[delivery_id].id: IngestResult(
            winner.event_id,
            DUPLICATE if winner.same else CONFLICT,
            winner.trace_id,
            winner.received_at,
            not winner.same and winner.same_but_time,
        )
        for delivery_id, winner in read_winners(list(deliveries.items()), recorded=recorded).items()
    }
