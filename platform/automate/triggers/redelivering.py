"""Ingests deliveries that were rejected earlier. Each delivery is verified again with the current settings."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from automate.audit import services as audit
from automate.events.deliveries.queries import (
    RejectedDelivery,
    StoredRequest,
    redelivered_events,
    rejected_by_id,
    stored_requests,
)
from automate.events.models import CONFLICT, DUPLICATE
from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_object
from automate.kernel.problems import no_such
from automate.kernel.tenancy import current_tenant
from automate.recovery.once import OperationResult, once
from automate.triggers.queries import SourceRecord, sources_of
from automate.triggers.receiving import Webhook, prove, understand
from automate.triggers.rejected_deliveries import sealed_for
from automate.vault.sealing import open_sealed

MOST_REDELIVERED = 20
"""The maximum in one request."""


@dataclass(frozen=True)
class Redelivered:
    """The outcome of a redelivery: the events of accepted deliveries, and the errors of the other deliveries."""

    events: Sequence[uuid.UUID]
    """The events of all accepted deliveries, in their order."""
    errors: Sequence[NormalizedError]
    """One error for each delivery that was not accepted, with its path."""


def redeliver(
    ids: Sequence[uuid.UUID | None], *, new_keys: bool = False, idempotency_key: str | None = None, depth: int = 0
) -> Redelivered:
    """Ingest stored deliveries, each at most once. A repeated call returns the existing events.

    ``ids`` has None in place of each invalid id.

    Raises LIMIT_EXCEEDED for too many ids. Raises CONFLICT if another request has used ``idempotency_key``, and
    BAD_USER_INPUT for an invalid key.
    """
    if len(ids) > MOST_REDELIVERED:
        message = f"The request names {len(ids)} deliveries; the maximum is {MOST_REDELIVERED}. Send several requests."
        raise NormalizedError("LIMIT_EXCEEDED", message, path=["deliveries"])
    content = {"deliveries": [str(row_id) for row_id in ids], "newKeys": new_keys}
    done = once("redeliver", idempotency_key, content, lambda: _redeliver(ids, _Asked(new_keys, depth)))
    return Redelivered(done.run_ids, done.errors)


def stored_webhook(row: RejectedDelivery, stored: StoredRequest) -> Webhook:
    """Rebuild the request of a stored delivery. Raises BAD_USER_INPUT if the body of the request was not stored."""
    if stored.body is None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "The body of this delivery was not stored, because it was too large or part of a batch. Ask the sender to send this delivery again.",
        )
    headers = json.loads(open_sealed(stored.sealed_headers, sealed_for(current_tenant().id, row.id)))
    return Webhook(headers, stored.body, row.received_at.timestamp())


@dataclass(frozen=True)
class _Asked:
    new_keys: bool
    depth: int


def _redeliver(ids: Sequence[uuid.UUID | None], asked: _Asked) -> OperationResult:
    known = [row_id for row_id in ids if row_id is not None]
    rows, requests, done = rejected_by_id(known), stored_requests(known), redelivered_events(known)
    sources = sources_of({row.source_id for row in rows.values()})
    outcome = OperationResult()
    for place, row_id in enumerate(ids):
        try:
            row = _known(row_id, rows)
            if row.id not in done:
                # A delivery that is named twice in one request is ingested once.
                done[row.id] = _taken_in(row, requests[row.id], sources.get(row.source_id), asked)
            outcome.run_ids.extend(done[row.id])
        except NormalizedError as error:
            outcome.errors.append(
                NormalizedError(error.code, error.message, details=error.details, path=["deliveries", place])
            )
    return outcome


def _known(row_id: uuid.UUID | None, rows: Mapping[uuid.UUID, RejectedDelivery]) -> RejectedDelivery:
    row = rows.get(row_id) if row_id is not None else None
    if row is None:
        raise no_such("delivery", "id", "deliveries")
    return row


def _taken_in(
    row: RejectedDelivery, stored: StoredRequest, source: SourceRecord | None, asked: _Asked
) -> list[uuid.UUID]:
    if row.outcome == DUPLICATE:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "This delivery is a duplicate of a stored event, so it cannot be redelivered. To match the event again, replay it.",
            details={"event_id": str(row.event_id)},
        )
    if source is None or not source.enabled:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "The source of this delivery is disabled or deleted. Enable a disabled source first. The deliveries of a deleted "
            "source cannot be redelivered.",
        )
    webhook = stored_webhook(row, stored)
    understood = understand(source, webhook, prove(source, webhook))
    new_key = asked.new_keys and row.outcome == CONFLICT
    events = [
        _event(row, event, place, new_key=new_key, depth=asked.depth) for place, event in enumerate(understood.events)
    ]
    taken = record_events(events, audited=False, repeats_recorded=False, refusable=True)
    made = [one.event_id for one in taken if one.outcome != CONFLICT]
    if taken and not made:
        raise NormalizedError(
            "CONFLICT",
            "The idempotency key of this delivery belongs to another event. Set newKeys: true to add the delivery as a new event.",
            details={"event_id": str(taken[0].event_id)},
        )
    reason = as_object(row.reason)["code"] if row.reason else None
    changes = {
        "reason": (reason, None),
        "events": (None, [str(event_id) for event_id in made]),
        "newKey": (None, new_key),
    }
    audit.record("delivery.redeliver", "delivery", row.id, source.slug, changes)
    return made


def _event(row: RejectedDelivery, event: NewEvent, place: int, *, new_key: bool, depth: int) -> NewEvent:
    # The event keeps the sender's key, so a later attempt of the sender counts as a repeat.
    own = f"redelivered {row.id} {place}"
    return replace(
        event,
        idempotency_key=own if new_key or not event.idempotency_key else event.idempotency_key,
        trace_id=row.trace_id,
        depth=max(event.depth, depth),
        redelivered_from=row.id,
    )
