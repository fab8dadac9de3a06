"""Shows an event's payload as it was sent. Each reveal needs a reason and writes an audit entry."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from automate.audit import services as audit
from automate.audit.queries import last_act
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import current_principal
from automate.kernel.problems import no_such
from automate.kernel.scrubbing import MIN_SECRET_CHARACTERS, Scrubber
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction
from automate.triggers.payload_queries import stored_payload
from automate.triggers.queries import sources_of

REVEAL = "event.reveal_payload"
GRANT_SECONDS = 600
REASON_CHARACTERS = 500


@dataclass(frozen=True)
class Revealed:
    """The payload of one event."""

    event_id: uuid.UUID
    type: str
    body: str = field(repr=False)
    """The payload as it was sent, but without the secrets of its source."""
    sha256: str
    """The checksum of the body as it was sent, in hexadecimal."""
    scrubbed: bool
    until: datetime
    """When the caller's grant ends."""


def reveal_payload(event_id: uuid.UUID | None, reason: str, fits: Callable[[int], bool]) -> Revealed:
    """Return the payload of an event, and write an audit entry with the reader and the reason.

    ``event_id`` is None for an invalid id. ``fits`` is a function that gets the size of a payload in bytes. The function
    returns True if the answer has room for the payload.

    Raises BAD_USER_INPUT for an invalid reason, NOT_FOUND for an unknown event, and PAYLOAD_ERASED for an erased
    payload. Raises LIMIT_EXCEEDED if the payload does not fit.
    """
    reason = checked_reason(reason)
    with in_transaction():
        found = _read(event_id, fits)
        changes: audit.Changes = {"reason": (None, reason), "seconds": (None, GRANT_SECONDS)}
        audit.record(REVEAL, "event", found.event_id, found.type, changes)
    # After the commit: no payload is returned without its entry.
    return found


def revealed_payload(event_id: uuid.UUID | None, fits: Callable[[int], bool]) -> Revealed | None:
    """Return the payload of an event if the caller may read it now. Return None if the caller may not read it.

    The caller may read a payload for GRANT_SECONDS after the caller has revealed it.
    """
    principal = current_principal()
    if event_id is None or not principal.id:
        return None
    revealed_at = last_act(principal, REVEAL, event_id, GRANT_SECONDS)
    return replace(_read(event_id, fits), until=_end_of(revealed_at)) if revealed_at is not None else None


def checked_reason(reason: str) -> str:
    """Remove the white space around a reason, and return the reason. Raises BAD_USER_INPUT for an invalid reason."""
    return check_text(reason.strip(), path=["reason"], most=REASON_CHARACTERS)


def _read(event_id: uuid.UUID | None, fits: Callable[[int], bool]) -> Revealed:
    stored = stored_payload(event_id) if event_id is not None else None
    if stored is None:
        raise no_such("event", "id", "events", "event")
    if stored.body is None:
        raise NormalizedError(
            "PAYLOAD_ERASED",
            "The payload of this event was erased and cannot be shown. `payloadSha256` of the event identifies it.",
            path=["event"],
        )
    if not fits(stored.size):
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"The payload has {stored.size:,} bytes, which do not fit into this answer. Reveal fewer payloads in one request.",
            details={"limit": "answer_payload_bytes", "bytes": stored.size},
            path=["event"],
        )
    sent = stored.body.decode()
    shown = _scrubber(stored.source_id).scrub_text(sent)
    return Revealed(stored.event_id, stored.type, shown, stored.sha256, shown != sent, _end_of(stored.read_at))


def _end_of(revealed_at: datetime) -> datetime:
    return revealed_at + timedelta(seconds=GRANT_SECONDS)


def _scrubber(source_id: uuid.UUID) -> Scrubber:
    # Web cannot read the secrets of the vault.
    source = sources_of([source_id]).get(source_id)
    secrets = source.opened_secrets() if source is not None else []
    return Scrubber([secret for secret in secrets if len(secret.strip()) >= MIN_SECRET_CHARACTERS])
