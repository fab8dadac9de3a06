"""All SQL that writes notices. The transaction that detects a cause also writes the notice and its job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.sql import as_set, execute, fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import new_trace
from automate.kernel.transactions import after_commit, require_transaction
from automate.notices.kinds import DIGEST, NOTIFIED, PLANNED
from automate.notices.policy import NoticeSettings, policy_of
from automate.outbox.transitions import LaterJob, put_off
from automate.outbox.wakeups import wake_relay

NOTICE_TELL = "notice.tell"
"""The topic of its jobs."""

MAX_ATTEMPTS = 5
CAUSE_SECONDS = 3_600
"""At most one notice of a kind and cause is planned within this time."""
KEPT_SECONDS = 90 * DAY_SECONDS
FORGOTTEN_AT_ONCE = 100
LOCK = 0x6E6F7465
"""The first half of an advisory lock's key; the second is a hash of tenant, kind and cause."""

# Without members and without an event a notice has no recipients. Pausing a workflow still works.
POLICY = """
SELECT (SELECT settings::text FROM notice_policy),
       EXISTS (SELECT 1 FROM public.membership m WHERE m.tenant_id = %(tenant)s)
"""
# If the lock is taken, another transaction plans the same notice. A digest is planned once until it is sent.
FREE = f"""
SELECT m.kind, m.cause
FROM json_to_recordset(%(wanted)s::json) AS m (kind text, cause text)
WHERE pg_try_advisory_xact_lock({LOCK}, hashtext(%(tenant)s || m.kind || m.cause))
"""
# A statement after the lock, so that it sees rows committed before it.
RECENT = f"""
SELECT m.kind, m.cause FROM json_to_recordset(%s::json) AS m (kind text, cause text)
WHERE EXISTS (
    SELECT 1 FROM notice n WHERE n.kind = m.kind AND n.cause = m.cause
    AND (n.created_at > now() - interval '{CAUSE_SECONDS} seconds' OR (n.kind = '{DIGEST}' AND n.state = '{PLANNED}')))
"""
INSERT = f"""
INSERT INTO notice (id, kind, cause, about, state, created_at)
SELECT id, kind, cause, about, '{PLANNED}', now() FROM json_to_recordset(%s::json) AS m (id uuid, kind text, cause text, about jsonb)
"""
# Due times of notices; for a digest, the next time at which the tenant's clock shows its hour.
DUES = """
SELECT now() + make_interval(secs => s), (
    SELECT min(at) FROM generate_series(0, 2) AS d CROSS JOIN LATERAL (
        SELECT (date_trunc('day', now() AT TIME ZONE own.timezone) + make_interval(days => d, hours => %(hour)s))
               AT TIME ZONE own.timezone AS at) AS days
    WHERE at > now())
FROM unnest(%(seconds)s::float8[]) WITH ORDINALITY AS t (s, place)
JOIN public.tenant own ON own.id = %(tenant)s ORDER BY place
"""
READ = "SELECT id, kind, cause, about::text, state, created_at FROM notice WHERE id = ANY (%s) FOR UPDATE"
END = "UPDATE notice SET state = %s, about = %s::jsonb, ended_at = now() WHERE id = %s"
COUNT_NOTIFIED = f"""
SELECT count(*) FROM notice WHERE state = '{NOTIFIED}' AND ended_at > now() - interval '{CAUSE_SECONDS} seconds'
  AND created_at > now() - interval '{KEPT_SECONDS} seconds'
"""
FORGET = """
DELETE FROM notice WHERE id = ANY (ARRAY(
    SELECT id FROM notice WHERE created_at < now() - make_interval(secs => %s) ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED))
"""
SAVE_POLICY = """
INSERT INTO notice_policy (singleton, settings, revision, updated_at) VALUES (1, %(settings)s::jsonb, 1, now())
ON CONFLICT (singleton) DO UPDATE SET settings = excluded.settings, revision = notice_policy.revision + 1, updated_at = now()
"""
LOCK_POLICY = "SELECT settings::text, revision FROM notice_policy FOR UPDATE"


@dataclass(frozen=True)
class NoticeRequest:
    """A notice that a caller wants to send."""

    kind: str
    cause: str
    about: Mapping[str, JsonValue]
    after_seconds: float | None = 0.0
    """Seconds until the notice is due; None for the next time of the digest."""


@dataclass(frozen=True)
class PlannedNotice:
    id: uuid.UUID
    kind: str
    cause: str
    about: dict[str, JsonValue]
    state: str
    created_at: datetime


def read_policy() -> tuple[NoticeSettings, bool]:
    """Return the tenant's settings of notices, and whether a notice would reach a person or a channel."""
    ((settings, has_members),) = fetch(POLICY, {"tenant": current_tenant().id})
    policy = policy_of(_json(settings))
    return policy, policy.channels or bool(has_members)


def plan(wanted: Sequence[NoticeRequest], policy: NoticeSettings) -> list[uuid.UUID]:
    """Write notices and their jobs. Each kind and cause gets at most one notice in an hour. Requires a transaction."""
    require_transaction()
    named = {(one.kind, one.cause): one for one in wanted}
    if not named:
        return []
    tenant = current_tenant().id
    keys = [{"kind": kind, "cause": cause} for kind, cause in sorted(named)]
    free = fetch(FREE, {"wanted": as_set(keys), "tenant": str(tenant)})
    recent = set(fetch(RECENT, [as_set([{"kind": kind, "cause": cause} for kind, cause in free])])) if free else set()
    chosen = [(new_id(), named[key]) for key in free if key not in recent]
    if not chosen:
        return []
    execute(FORGET, [KEPT_SECONDS, FORGOTTEN_AT_ONCE])
    rows = [{"id": one_id, "kind": one.kind, "cause": one.cause, "about": dict(one.about)} for one_id, one in chosen]
    execute(INSERT, [as_set(rows)])
    seconds = [one.after_seconds or 0.0 for _, one in chosen]
    dues = fetch(DUES, {"hour": policy.digest_hour, "tenant": tenant, "seconds": seconds})
    jobs = [
        LaterJob(one_id, one_id, new_trace().trace_id, digest_at if one.after_seconds is None else at)
        for (one_id, one), (at, digest_at) in zip(chosen, dues, strict=True)
    ]
    put_off(tenant, NOTICE_TELL, jobs, max_attempts=MAX_ATTEMPTS)
    after_commit(wake_relay)
    return [one_id for one_id, _ in chosen]


def read(notice_ids: Sequence[uuid.UUID]) -> list[PlannedNotice]:
    """Read notices, and lock their rows until the transaction ends."""
    rows = fetch(READ, [list(notice_ids)])
    return [
        PlannedNotice(one, kind, cause, orjson.loads(about), state, at) for one, kind, cause, about, state, at in rows
    ]


def end(notice: PlannedNotice, state: str, about: Mapping[str, JsonValue]) -> None:
    execute(END, [state, as_set([dict(about)])[1:-1], notice.id])


def count_notified() -> int:
    """Return the number of notices in the last hour."""
    ((count,),) = fetch(COUNT_NOTIFIED)
    return int(count)


def lock_policy() -> tuple[NoticeSettings, int]:
    for settings, revision in fetch(LOCK_POLICY):
        return policy_of(_json(settings)), revision
    return NoticeSettings(), 0


def save_policy(policy: NoticeSettings) -> None:
    execute(SAVE_POLICY, {"settings": as_set([policy.as_json()])[1:-1]})


def _json(text: str | None) -> Mapping[str, JsonValue] | None:
    return None if text is None else orjson.loads(text)
