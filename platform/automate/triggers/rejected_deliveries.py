"""Stores refused and repeated deliveries, with the reason.

Each process stores a limited number per second. The database accepts a limited number per day. Further deliveries
are only counted.
Errors of this module never change the answer to the sender.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import Error

from automate.events.deliveries.transitions import NewDelivery, TallyLimits, forget, forget_tallies, keep
from automate.events.models import CONFLICT, DUPLICATE, NEW, REFUSED
from automate.events.services import IngestResult, NewEvent
from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_text import json_bytes
from automate.kernel.limits import KIB, LIMITS, MIB
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import current_trace
from automate.triggers.queries import SourceRecord
from automate.triggers.rates import TokenBucket
from automate.triggers.receiving import Understood, Webhook, shown_headers
from automate.vault.sealing import seal

log = structlog.get_logger(__name__)

BOUNDS = TallyLimits(rows=1_000, bytes=16 * MIB)
"""The limits for each outcome of one source on one day. Refusals of verified senders have limits of their own."""
MOST_BODY_BYTES = 64 * KIB
"""The maximum size of a stored body. The sender of a larger body can only send it again."""
MOST_HEADER_BYTES = 16 * KIB
REFUSALS_PER_SECOND, REFUSALS_AT_ONCE = 5, 20
"""Maximum number of refusals of one source that a process writes: per second, and in one burst. Refusals of
verified senders have separate limits of the same size, because unverified senders can cause any number of
refusals.
"""
MOST_SOURCES = 4_096
TALLY_DAYS = 31
KEPT_PER_PRUNING = 64
"""On average, one in this many stored deliveries also removes twice as many expired deliveries."""


@dataclass
class _Flood:
    # Requests of verified senders are counted apart.
    bucket: TokenBucket = field(default_factory=lambda: TokenBucket(time.monotonic))
    unkept: int = 0
    """Number of refusals that were only counted after the last refusal was stored."""


_floods: BoundedCache[tuple[uuid.UUID, bool], _Flood] = BoundedCache(MOST_SOURCES)
_lock = threading.Lock()


def keep_refused(source: SourceRecord, webhook: Webhook, refusal: NormalizedError, secret_version: int | None) -> None:
    # `secret_version` is None if the sender was not verified.
    # Floods of unverified senders must not prevent a verified sender's refusals from being stored.
    kind = source.id, secret_version is not None
    with _lock:
        flood = _floods.get(kind) or _Flood()
        _floods.put(kind, flood)
        if flood.bucket.take(1, REFUSALS_PER_SECOND, REFUSALS_AT_ONCE) > 0:
            flood.unkept += 1
            return
        unkept, flood.unkept = flood.unkept, 0
    row_id = new_id()
    # A body above the limit was read only up to one byte beyond it.
    whole = len(webhook.body) <= source.intake.max_bytes
    sealed, body = _request(row_id, webhook.headers, webhook.body) if whole else ("", None)
    row = NewDelivery(
        id=row_id,
        outcome=REFUSED,
        idempotency_key="",
        event_id=None,
        type="",
        reason=refusal.as_json(),
        secret_version=secret_version,
        headers=shown_headers(source, webhook.headers),
        sealed_headers=sealed,
        body=body,
        size=len(webhook.body),
        digest=hashlib.sha256(webhook.body).hexdigest() if whole else "",
        trace_id=current_trace().trace_id,
    )
    _keep(source, [row], unkept)


def keep_repeats(source: SourceRecord, webhook: Webhook, understood: Understood, taken: Sequence[IngestResult]) -> None:
    rows = [
        _repeat(webhook, understood, event, one)
        for event, one in zip(understood.events, taken, strict=True)
        if one.outcome != NEW
    ]
    _keep(source, rows, 0)


def conflict(ingested: IngestResult) -> NormalizedError:
    differs = "timestamp (occurredAt)" if ingested.only_time_differs else "body, type or subject"
    return NormalizedError(
        "CONFLICT",
        f"An earlier event has the same idempotency key, but another {differs}. The earlier event stays unchanged. Send a new "
        "key for a new event, or the same content for a repeat.",
        details={
            "event_id": str(ingested.event_id),
            **({"differs": "timestamp"} if ingested.only_time_differs else {}),
        },
    )


def sealed_for(tenant_id: uuid.UUID, delivery_id: uuid.UUID) -> str:
    """Return the encryption context for the stored headers of a delivery.

    The context contains the ids of the tenant and the delivery. Decryption fails with any other context.
    """
    return f"{tenant_id}|delivery|{delivery_id}"


def _repeat(webhook: Webhook, understood: Understood, event: NewEvent, ingested: IngestResult) -> NewDelivery:
    # A duplicate stores no request. A conflict stores the request, but not within a batch: the signature covers the batch.
    row_id, sealed, body = new_id(), "", None
    if ingested.outcome == CONFLICT and not understood.batch:
        sealed, body = _request(row_id, webhook.headers, webhook.body)
    return NewDelivery(
        id=row_id,
        outcome=CONFLICT if ingested.outcome == CONFLICT else DUPLICATE,
        idempotency_key=event.idempotency_key,
        event_id=ingested.event_id,
        type=event.type[: LIMITS.text_characters],
        reason=conflict(ingested).as_json() if ingested.outcome == CONFLICT else None,
        secret_version=event.secret_version,
        headers=event.headers,
        sealed_headers=sealed,
        body=body,
        size=len(event.body),
        digest=hashlib.sha256(event.body).hexdigest(),
        trace_id=event.trace_id,
    )


def _request(row_id: uuid.UUID, headers: Mapping[str, str], body: bytes) -> tuple[str, bytes | None]:
    # The headers are sealed because they contain the sender's signature.
    text = json_bytes(dict(headers))
    if len(body) > MOST_BODY_BYTES or len(text) > MOST_HEADER_BYTES:
        return "", None
    return seal(text.decode(), sealed_for(current_tenant().id, row_id)), body


def _keep(source: SourceRecord, rows: Sequence[NewDelivery], unkept: int) -> None:
    try:
        keep(source.id, rows, days=source.intake.keep_deliveries_days, bounds=BOUNDS, unkept=unkept)
        if random.randrange(KEPT_PER_PRUNING) < len(rows):  # noqa: S311 - nothing is secret about it
            forget(most=2 * KEPT_PER_PRUNING * len(rows))
            forget_tallies(TALLY_DAYS)
    except Error as error:
        log.warning("a delivery was not kept", source=source.slug, error=str(error))
