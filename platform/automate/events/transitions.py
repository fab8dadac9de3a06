"""SQL that inserts events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.audit import transitions as audit
from automate.budgets.queries import RECEIVED
from automate.kernel.json_values import JsonValue
from automate.kernel.sql import as_set, execute, fetch
from automate.outbox.epochs.transitions import EPOCH

IDEMPOTENCY_KEY_SECONDS = 7 * 86_400
"""The default time for which a key is remembered. After that the same key starts a new event."""

DELIVERY_SECONDS = 7 * 86_400
"""How long a repeat is stored if it did not come as a webhook."""

# The rows as a set. One JSON value costs a client a fifth of the arrays that it replaces; bodies stay bytes.
_INPUT = """
SELECT * FROM ROWS FROM (
    json_to_recordset(%(rows)s::json) AS (
        id uuid, source_id uuid, type text, subject text, key text, headers text, digest text, trace_id text, depth int,
        occurred_at timestamptz, matched bool, derived_from uuid, secret_version int, key_seconds int, redelivered_from uuid,
        problems text),
    unnest(%(bodies)s::bytea[])
) AS i (id, source_id, type, subject, key, headers, digest, trace_id, depth, occurred_at, matched, derived_from_id,
        secret_version, key_seconds, redelivered_from_id, schema_problems, body)
WHERE (SELECT same FROM declared)
"""

# Event, payload, key, job and log entry, all or none. An existing key yields no event; an expired key is taken over.
# Accepts nothing and returns a row of nulls where the tenant's event types differ from the caller's, or where the tenant has a
# budget that counts received events, and the caller has not counted them.
_ACCEPT = f"""
WITH declared AS MATERIALIZED (
    SELECT coalesce((SELECT max(mark) FROM event_type), 0) = %(mark)s AND (
        NOT %(unmetered)s OR NOT EXISTS (SELECT FROM {RECEIVED})) AS same
), input AS MATERIALIZED ({_INPUT}), won AS (
    INSERT INTO event_key (source_id, key, payload_sha256, event_id, expires_at)
    SELECT source_id, key, digest, id, now() + make_interval(secs => key_seconds) FROM input WHERE key <> ''
    ON CONFLICT (source_id, key) DO UPDATE
    SET payload_sha256 = excluded.payload_sha256, event_id = excluded.event_id, expires_at = excluded.expires_at
    WHERE event_key.expires_at <= now()
    RETURNING event_id
), accepted AS MATERIALIZED (
    SELECT i.* FROM input i WHERE i.key = '' OR i.id IN (SELECT event_id FROM won)
), payload AS (
    INSERT INTO event_payload (event_id, body) SELECT id, body FROM accepted
), job AS (
    INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, created_at, fence, attempts,
                                   max_attempts, parked, trace_id)
    SELECT id, %(tenant)s, 'event.match', id, 'pending', true, false, now(), now(), 0, 0, %(attempts)s, '', trace_id
    FROM accepted WHERE matched
), logged AS (
    INSERT INTO event_log (xid, epoch, event_id, occurred_at) SELECT pg_current_xact_id()::text::bigint, {EPOCH}, id, now() FROM accepted
){{and_search}}{{and_audit}}, made AS (
    INSERT INTO event (id, source_id, type, subject, idempotency_key, headers, payload_bytes, payload_sha256, trace_id, depth,
                       actor_kind, actor_name, actor_person, occurred_at, received_at, derived_from_id, secret_version,
                       redelivered_from_id, schema_problems)
    SELECT id, source_id, type, subject, key, headers::jsonb, octet_length(body), digest, trace_id, depth,
           %(actor_kind)s, %(actor_name)s, %(actor_person)s::uuid, coalesce(occurred_at, now()), now(), derived_from_id, secret_version,
           redelivered_from_id, schema_problems::jsonb
    FROM accepted RETURNING id, received_at
)
SELECT id, received_at FROM made UNION ALL SELECT NULL, NULL FROM declared WHERE NOT same
"""

_SEARCH = """
, found AS (
    INSERT INTO event_search (event_id, digest)
    SELECT event_id, digest FROM unnest(%(found_events)s::uuid[], %(found_digests)s::uuid[]) AS k (event_id, digest)
    WHERE event_id IN (SELECT id FROM accepted)
)
"""

_AUDIT = f"""
, entry AS (
    INSERT INTO {audit.TENANT_TABLE} ({audit.COLUMNS}) {audit.ENTRIES}
    WHERE a.object_id IN (SELECT id::text FROM accepted)
)
"""
ACCEPT = {
    (searched, audited): _ACCEPT.format(and_search=_SEARCH if searched else "", and_audit=_AUDIT if audited else "")
    for searched in (False, True)
    for audited in (False, True)
}
"""The statement by (whether any event has values of search keys, whether audit entries are written)."""

# The holders of existing keys, and a record of each repeat unless the caller stores one. A statement after ACCEPT, because ACCEPT
# cannot see the winner of a race yet. The body's digest is compared with the key's, other values with the event's. A missing time
# means the time of receipt. If retention removed the event, only the digest is compared.
READ_WINNERS = """
WITH winner AS MATERIALIZED (
    SELECT i.id, i.source_id, i.key, i.digest, i.trace_id, i.type, i.bytes, k.event_id,
           k.payload_sha256 = i.digest AND (
               e.id IS NULL OR (e.type, e.subject, e.occurred_at) = (i.type, i.subject, coalesce(i.occurred_at, e.received_at))
           ) AS same,
           k.payload_sha256 = i.digest AND (e.type, e.subject) = (i.type, i.subject) AS same_but_time,
           coalesce(e.trace_id, i.trace_id) AS first_trace_id, coalesce(e.received_at, now()) AS first_received_at
    FROM unnest(%(ids)s::uuid[], %(sources)s::uuid[], %(keys)s::text[], %(digests)s::text[],
                %(traces)s::text[], %(types)s::text[], %(subjects)s::text[], %(occurred)s::timestamptz[], %(bytes)s::int[])
        AS i (id, source_id, key, digest, trace_id, type, subject, occurred_at, bytes)
    JOIN event_key k ON k.source_id = i.source_id AND k.key = i.key
    LEFT JOIN event e ON e.id = k.event_id
), delivery AS (
    INSERT INTO delivery (id, source_id, idempotency_key, event_id, outcome, type, headers, sealed_headers, payload_bytes,
                          payload_sha256, trace_id, received_at, expires_at)
    SELECT id, source_id, key, event_id, CASE WHEN same THEN 'DUPLICATE' ELSE 'CONFLICT' END, type, '{}', '', bytes, digest,
           trace_id, now(), now() + make_interval(secs => %(remember)s)
    FROM winner WHERE %(recorded)s
)
SELECT id, event_id, same, first_trace_id, first_received_at, coalesce(same_but_time, false) FROM winner
"""

# Expired keys, oldest expiry first. A key that is being taken over stays.
PRUNE_KEYS = """
DELETE FROM event_key WHERE id = ANY (ARRAY(
    SELECT id FROM event_key WHERE expires_at <= now() ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED))
"""


@dataclass(frozen=True)
class EventToAccept:
    """An event to insert. The SQL statement ACCEPT reads this event as one of its input rows."""

    id: uuid.UUID
    source_id: uuid.UUID
    type: str
    subject: str
    key: str
    """Empty for none."""
    key_seconds: int
    headers: str
    body: bytes
    digest: str
    trace_id: str
    depth: int
    occurred_at: datetime | None
    matched: bool
    """Whether rules see the event."""
    derived_from: uuid.UUID | None
    secret_version: int | None
    redelivered_from: uuid.UUID | None
    problems: str | None = None
    """JSON, see ``Event.schema_problems``."""
    found: frozenset[uuid.UUID] = frozenset()
    """Digests of the values of its search keys."""

    def row(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name not in {"body", "found"}}


@dataclass(frozen=True)
class Winner:
    """The first event with an idempotency key. Later events with the same key are repeats of this event."""

    event_id: uuid.UUID
    same: bool
    """Whether the repeat equals the event."""
    trace_id: str
    received_at: datetime
    same_but_time: bool
    """Whether the repeat equals the event, except for occurred_at."""


def accept(
    events: Sequence[EventToAccept],
    *,
    tenant_id: uuid.UUID,
    actor: tuple[str, str, str],
    max_attempts: int,
    audit_entries: Sequence[Mapping[str, JsonValue]],
    mark: int,
    unmetered: bool,
) -> dict[uuid.UUID, datetime] | None:
    """Insert each event whose key is new. Return a mapping from the id of each inserted event to its time of receipt.

    The caller has checked the events with the version ``mark`` of the event types. If this version has changed since,
    insert nothing and return None.
    """
    found = [(event.id, digest) for event in events for digest in event.found]
    parameters: dict[str, object] = {
        "rows": as_set([event.row() for event in events]),
        "bodies": [event.body for event in events],
        "tenant": tenant_id,
        "attempts": max_attempts,
        "actor_kind": actor[0],
        "actor_name": actor[1],
        "actor_person": actor[2] or None,
        "mark": mark,
        "unmetered": unmetered,
    }
    if found:
        parameters |= {"found_events": [event for event, _ in found], "found_digests": [digest for _, digest in found]}
    if audit_entries:
        parameters["audit"] = as_set(audit_entries)
    accepted: dict[uuid.UUID, datetime] = dict(fetch(ACCEPT[bool(found), bool(audit_entries)], parameters))
    return None if None in accepted else accepted


def read_winners(events: Sequence[tuple[uuid.UUID, EventToAccept]], *, recorded: bool) -> dict[uuid.UUID, Winner]:
    # With `recorded`, a Delivery is stored for each repeat. An entry is missing if its key was pruned meanwhile.
    rows = fetch(
        READ_WINNERS,
        {
            "ids": [delivery_id for delivery_id, _ in events],
            "sources": [event.source_id for _, event in events],
            "keys": [event.key for _, event in events],
            "digests": [event.digest for _, event in events],
            "traces": [event.trace_id for _, event in events],
            "types": [event.type for _, event in events],
            "subjects": [event.subject for _, event in events],
            "occurred": [event.occurred_at for _, event in events],
            "bytes": [len(event.body) for _, event in events],
            "recorded": recorded,
            "remember": DELIVERY_SECONDS,
        },
    )
    return {delivery_id: Winner(*rest) for delivery_id, *rest in rows}


def prune_keys(most: int) -> None:
    # Skips keys that another transaction has locked.
    execute(PRUNE_KEYS, [most])
