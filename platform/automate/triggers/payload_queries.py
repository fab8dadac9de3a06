"""Reads one event with its payload. The payload is returned exactly as the sender sent it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from automate.kernel.sql import fetch

SELECT_PAYLOAD = """
SELECT e.id, e.type, e.source_id, e.payload_bytes, e.payload_sha256, p.body, now()
FROM event AS e LEFT JOIN event_payload AS p ON p.event_id = e.id WHERE e.id = %s"""


@dataclass(frozen=True)
class StoredPayload:
    """The stored payload of an event, exactly as the sender sent it."""

    event_id: uuid.UUID
    type: str
    source_id: uuid.UUID
    size: int
    """In bytes."""
    sha256: str
    """Hexadecimal. Computed over the body as it was sent."""
    body: bytes | None = field(repr=False)
    """None after the payload was erased."""
    read_at: datetime
    """By PostgreSQL's clock."""


def stored_payload(event_id: uuid.UUID) -> StoredPayload | None:
    for found, kind, source_id, size, sha256, body, now in fetch(SELECT_PAYLOAD, [event_id]):
        return StoredPayload(found, kind, source_id, size, sha256, None if body is None else bytes(body), now)
    return None
