"""SQL on deliveries that made no event."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.events.models import REFUSED
from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.sql import execute

PROVED = "REFUSED_PROVED"
"""The tally of refusals of verified senders. Unverified senders do not count towards it."""
_FITS = "t.kept + excluded.kept <= %(most)s AND t.kept_bytes + excluded.kept_bytes <= %(most_bytes)s"

# All deliveries belong to one source. Those of one tally are stored together or only counted; the tally's row serialises this.
KEEP = f"""
WITH input AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)s::uuid[], %(keys)s::text[], %(events)s::uuid[], %(outcomes)s::text[], %(types)s::text[],
                         %(reasons)s::text[], %(secrets)s::int[], %(headers)s::text[], %(sealed)s::text[], %(bodies)s::bytea[],
                         %(sizes)s::int[], %(digests)s::text[], %(traces)s::text[], %(tallies)s::text[])
        AS i (id, key, event_id, outcome, type, reason, secret_version, headers, sealed_headers, body, size, digest, trace_id,
              tally)
), tally AS (
    INSERT INTO delivery_tally AS t (source_id, outcome, day, kept, kept_bytes, unkept, fits)
    SELECT %(source)s, i.tally, (now() AT TIME ZONE 'UTC')::date, count(*),
           sum(coalesce(octet_length(body), 0) + length(sealed_headers) + octet_length(headers)), %(unkept)s, true
    FROM input AS i GROUP BY i.tally ORDER BY i.tally
    ON CONFLICT (source_id, outcome, day) DO UPDATE
    SET fits = {_FITS},
        kept = t.kept + CASE WHEN {_FITS} THEN excluded.kept ELSE 0 END,
        kept_bytes = t.kept_bytes + CASE WHEN {_FITS} THEN excluded.kept_bytes ELSE 0 END,
        unkept = t.unkept + excluded.unkept + CASE WHEN {_FITS} THEN 0 ELSE excluded.kept END
    RETURNING t.outcome, t.fits
)
INSERT INTO delivery (id, source_id, idempotency_key, event_id, outcome, type, reason, secret_version, headers, sealed_headers,
                      body, payload_bytes, payload_sha256, trace_id, received_at, expires_at)
SELECT i.id, %(source)s, i.key, i.event_id, i.outcome, i.type, i.reason::jsonb, i.secret_version, i.headers::jsonb,
       i.sealed_headers, i.body, i.size, i.digest, i.trace_id, now(), now() + make_interval(secs => %(seconds)s)
FROM input i JOIN tally t ON t.outcome = i.tally WHERE t.fits
"""

# Expired deliveries, oldest expiry first.
FORGET = """
DELETE FROM delivery WHERE id = ANY (ARRAY(
    SELECT id FROM delivery WHERE expires_at <= now() ORDER BY expires_at LIMIT %s))
"""
FORGET_TALLIES = "DELETE FROM delivery_tally WHERE day < (now() AT TIME ZONE 'UTC')::date - %s"


@dataclass(frozen=True)
class NewDelivery:
    """A delivery that is to be stored."""

    id: uuid.UUID
    outcome: str
    idempotency_key: str
    """Empty if it is unknown. The same holds for ``type``."""
    event_id: uuid.UUID | None
    """For a repeat: the first event."""
    type: str
    reason: JsonValue
    """A NormalizedError as stored; None for a duplicate."""
    secret_version: int | None
    headers: Mapping[str, JsonValue]
    sealed_headers: str
    """Empty for a delivery that cannot be redelivered."""
    body: bytes | None
    """None for a delivery that cannot be redelivered."""
    size: int
    """Bytes of the received body, even if it is not stored. A minimum for a body that was not read to its end."""
    digest: str
    """Hexadecimal; empty for a body that was not read to its end."""
    trace_id: str

    @property
    def tally(self) -> str:
        """The name of the daily counter for this delivery."""
        return PROVED if self.outcome == REFUSED and self.secret_version is not None else self.outcome


@dataclass(frozen=True)
class TallyLimits:
    """The daily limits of stored deliveries. Each pair of a source and an outcome is counted separately."""

    rows: int
    bytes: int


def keep(
    source_id: uuid.UUID, deliveries: Sequence[NewDelivery], *, days: int, bounds: TallyLimits, unkept: int = 0
) -> int:
    """Store deliveries of one source. The deliveries expire after ``days``. Returns the number of stored deliveries.

    ``bounds`` contains the daily limits. Deliveries beyond these limits are counted, but not stored.
    """
    return execute(
        KEEP,
        {
            "source": source_id,
            "ids": [one.id for one in deliveries],
            "keys": [one.idempotency_key for one in deliveries],
            "events": [one.event_id for one in deliveries],
            "outcomes": [one.outcome for one in deliveries],
            "types": [one.type for one in deliveries],
            "reasons": [json_string(one.reason) if one.reason is not None else None for one in deliveries],
            "secrets": [one.secret_version for one in deliveries],
            "headers": [json_string(one.headers) for one in deliveries],
            "sealed": [one.sealed_headers for one in deliveries],
            "bodies": [one.body for one in deliveries],
            "sizes": [one.size for one in deliveries],
            "digests": [one.digest for one in deliveries],
            "traces": [one.trace_id for one in deliveries],
            "tallies": [one.tally for one in deliveries],
            "unkept": unkept,
            "most": bounds.rows,
            "most_bytes": bounds.bytes,
            "seconds": days * DAY_SECONDS,
        },
    )


def forget(most: int) -> None:
    """Delete expired deliveries. ``most`` is the maximum number of deliveries to delete."""
    execute(FORGET, [most])


def forget_tallies(days: int) -> None:
    execute(FORGET_TALLIES, [days])
