"""All SQL on circuit breakers. A transaction locks the breaker's row before the tenant's row."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from automate.effects.states import BREAKER_CLOSED, BREAKER_HALF_OPEN, BREAKER_OPEN, EFFECT_CONFIRMED
from automate.kernel.ids import new_id
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.sql import as_set, execute, fetch
from automate.outbox.claims import unpark

Key = tuple[str, str]
"""A connector and the host that it calls."""

WINDOW_SECONDS = 60
"""Seconds over which failures are counted before the count restarts."""
LEAST_FAILURES = 5
LEAST_RATE = 0.5
"""Failures, and their share of the calls in the window. Both together open a breaker."""
FIRST_SECONDS, MOST_SECONDS = 5.0, 300.0
"""Seconds from the opening, or from a failed probe, to the next probe; doubled each time."""
LEDGER_CALLS = 5_000
"""Number of newest calls that are searched for successes before a breaker opens."""
ANSWERED = frozenset({"CONNECTOR_REFUSED", "CONNECTOR_AUTH", "CONNECTOR_RATE_LIMITED"})
"""Error codes that prove that the host answers."""
WOKEN_AT_ONCE = 1_000
"""The maximum number of parked runs that are woken immediately. Every other run wakes at its own time."""

CAUSE = "breaker:"
"""Prefix of the cause for which jobs are parked; the breaker's digest follows it."""

ENSURE = f"""
INSERT INTO circuit_breaker (id, connector, target, digest, state, forced, calls, failures, window_started, interval_seconds, code,
                             changed_at)
SELECT id, connector, target, digest, '{BREAKER_CLOSED}', '', 0, 0, now(), {FIRST_SECONDS}, '', now()
FROM json_to_recordset(%s::json) AS m (id uuid, connector text, target text, digest text)
ON CONFLICT (connector, target) DO NOTHING
"""
# Each process knows only its own successful calls; the ledger knows the calls of all processes, also of dead ones. The
# newest are read by the index that lists them, so calls need not maintain another index.
HEALTHY = f"""
SELECT count(*) FROM (
    SELECT e.connector, e.target, e.state, e.did_nothing, e.code, e.settled_at FROM effect e ORDER BY e.intended_at DESC LIMIT {LEDGER_CALLS}) AS newest
WHERE newest.settled_at > now() - interval '{WINDOW_SECONDS} seconds'
  AND newest.connector = c.connector AND newest.target = c.target
  AND (newest.state = '{EFFECT_CONFIRMED}' AND NOT newest.did_nothing OR newest.code = ANY (ARRAY{sorted(ANSWERED)}))
"""
UNHEALTHY = f"c.failures >= {LEAST_FAILURES} AND c.failures >= {LEAST_RATE} * greatest(c.calls, c.failures + coalesce(c.well, 0))"
COUNT = f"""
WITH counted AS (
    SELECT b.id, b.connector, b.target, m.code,
           CASE WHEN fresh THEN b.calls ELSE 0 END + m.calls AS calls,
           CASE WHEN fresh THEN b.failures ELSE 0 END + m.failures AS failures,
           CASE WHEN fresh THEN b.well END AS well,
           CASE WHEN fresh THEN b.window_started ELSE now() END AS since
    FROM json_to_recordset(%s::json) AS m (connector text, target text, calls int, failures int, code text)
    JOIN circuit_breaker b ON b.connector = m.connector AND b.target = m.target
    CROSS JOIN LATERAL (SELECT b.window_started > now() - interval '{WINDOW_SECONDS} seconds' AS fresh) f
    WHERE b.state = '{BREAKER_CLOSED}' AND b.forced = '' ORDER BY b.id FOR UPDATE OF b
), known AS (
    SELECT c.id, c.code, c.calls, c.failures, c.since, CASE WHEN {UNHEALTHY} THEN ({HEALTHY}) ELSE c.well END AS well FROM counted c
), judged AS (
    SELECT *, {UNHEALTHY} AS unhealthy FROM known c
)
UPDATE circuit_breaker b SET calls = j.calls, failures = j.failures, well = j.well, window_started = j.since, code = j.code,
    state = CASE WHEN j.unhealthy THEN '{BREAKER_OPEN}' ELSE '{BREAKER_CLOSED}' END, interval_seconds = {FIRST_SECONDS},
    probe_at = CASE WHEN j.unhealthy THEN now() + make_interval(secs => {FIRST_SECONDS}) END,
    changed_at = CASE WHEN j.unhealthy THEN now() ELSE b.changed_at END
FROM judged j WHERE b.id = j.id
RETURNING b.connector, b.target, b.state
"""
# A second process gets no row, because the first one has moved probe_at.
TAKE_PROBE = f"""
UPDATE circuit_breaker SET state = '{BREAKER_HALF_OPEN}', probe_at = now() + make_interval(secs => %(lease)s), changed_at = now()
WHERE connector = %(connector)s AND target = %(target)s AND forced = '' AND state <> '{BREAKER_CLOSED}' AND probe_at <= now()
RETURNING id
"""
# healthy: null if the probe did not reach the host; then the next one may leave at once.
PROBED = f"""
UPDATE circuit_breaker b SET
    state = CASE WHEN m.healthy THEN '{BREAKER_CLOSED}' ELSE '{BREAKER_OPEN}' END, changed_at = now(),
    calls = CASE WHEN m.healthy THEN 0 ELSE b.calls END, failures = CASE WHEN m.healthy THEN 0 ELSE b.failures END,
    well = CASE WHEN m.healthy THEN NULL ELSE b.well END,
    window_started = CASE WHEN m.healthy THEN now() ELSE b.window_started END,
    interval_seconds = CASE WHEN m.healthy IS FALSE THEN least(b.interval_seconds * 2, {MOST_SECONDS}) ELSE b.interval_seconds END,
    probe_at = CASE WHEN m.healthy THEN NULL WHEN m.healthy IS NULL THEN now()
                    ELSE now() + make_interval(secs => least(b.interval_seconds * 2, {MOST_SECONDS})) END,
    code = CASE WHEN m.healthy IS FALSE THEN m.code ELSE b.code END
FROM json_to_recordset(%s::json) AS m (connector text, target text, healthy boolean, code text)
WHERE b.connector = m.connector AND b.target = m.target AND b.state = '{BREAKER_HALF_OPEN}'
RETURNING b.connector, b.target, b.digest, b.state
"""
LOCK_LANE = "SELECT 1 FROM public.outbox_lane WHERE tenant_id = %s FOR UPDATE"
# A statement after the lock, so that it sees a breaker that another transaction opened meanwhile.
MARK_LANE = f"""
UPDATE public.outbox_lane l SET broken = one.broken
FROM (SELECT EXISTS (SELECT 1 FROM circuit_breaker WHERE state <> '{BREAKER_CLOSED}' OR forced = '{BREAKER_OPEN}') AS broken) AS one
WHERE l.tenant_id = %s AND l.broken <> one.broken
"""
KNOWN = f"""
SELECT b.connector, b.target, b.digest, b.forced, extract(epoch FROM b.probe_at - now()), b.interval_seconds, parked.jobs
FROM circuit_breaker b CROSS JOIN LATERAL (
    SELECT count(*) AS jobs FROM (
        SELECT 1 FROM public.outbox_job j WHERE j.tenant_id = %s AND j.parked = '{CAUSE}' || b.digest AND j.parked <> ''
        LIMIT 10000) AS first
) AS parked
WHERE b.state <> '{BREAKER_CLOSED}' OR b.forced = '{BREAKER_OPEN}'
"""
# Keep breakers from being closed until the transaction that parks runs for them ends. Otherwise their wakeup comes too early.
SHARE = f"""
SELECT digest FROM circuit_breaker
WHERE digest = ANY (%s) AND (state <> '{BREAKER_CLOSED}' OR forced = '{BREAKER_OPEN}') ORDER BY id FOR SHARE
"""
SET = f"""
UPDATE circuit_breaker SET forced = %(forced)s::text, changed_at = now(),
    state = CASE WHEN %(forced)s::text = '{BREAKER_CLOSED}' THEN '{BREAKER_CLOSED}' ELSE state END,
    probe_at = CASE WHEN %(forced)s::text = '{BREAKER_CLOSED}' THEN NULL ELSE probe_at END,
    calls = CASE WHEN %(forced)s::text = '{BREAKER_CLOSED}' THEN 0 ELSE calls END,
    failures = CASE WHEN %(forced)s::text = '{BREAKER_CLOSED}' THEN 0 ELSE failures END,
    well = CASE WHEN %(forced)s::text = '{BREAKER_CLOSED}' THEN NULL ELSE well END
WHERE connector = %(connector)s AND target = %(target)s
"""
FORGET = f"""
DELETE FROM circuit_breaker WHERE id = ANY (ARRAY(
    SELECT id FROM circuit_breaker WHERE state = '{BREAKER_CLOSED}' AND forced = '' AND changed_at < now() - interval '{DAY_SECONDS} seconds'
      AND window_started < now() - interval '{WINDOW_SECONDS} seconds'
    ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED))
"""


@dataclass(frozen=True)
class HostOutcomes:
    """The outcomes of some calls to one host."""

    key: Key
    calls: int
    failures: int
    """Failures that show an unhealthy host."""
    code: str


@dataclass(frozen=True)
class Probed:
    """The outcome of a probe. A probe is a single call that tests an unhealthy host."""

    key: Key
    healthy: bool | None
    """None if the probe did not reach the host."""
    code: str


@dataclass(frozen=True)
class Breaker:
    """A breaker that is not closed."""

    connector: str
    target: str
    digest: str
    forced: str
    seconds: float | None
    """Seconds until the next probe may leave."""
    interval_seconds: float
    parked: int
    """Number of jobs that wait for this breaker."""

    @property
    def key(self) -> Key:
        return self.connector, self.target


def digest_of(key: Key) -> str:
    return hashlib.sha256("\n".join(key).encode()).hexdigest()[:24]


def known(tenant_id: uuid.UUID) -> list[Breaker]:
    """Return the tenant's breakers that are not closed."""
    return [
        Breaker(connector, target, digest, forced, None if seconds is None else float(seconds), interval, parked)
        for connector, target, digest, forced, seconds, interval, parked in fetch(KNOWN, [tenant_id])
    ]


def ensure(keys: Collection[Key]) -> None:
    """Insert a row for each breaker of ``keys`` that has no row."""
    execute(
        ENSURE,
        [
            as_set(
                [
                    {"id": new_id(), "connector": key[0], "target": key[1], "digest": digest_of(key)}
                    for key in sorted(keys)
                ]
            )
        ],
    )


def count(tenant_id: uuid.UUID, counted: Sequence[HostOutcomes]) -> list[Key]:
    """Add calls and failures to the counters of breakers. Returns the breakers that opened. Requires a transaction."""
    ensure([one.key for one in counted])
    rows = [
        {
            "connector": one.key[0],
            "target": one.key[1],
            "calls": one.calls,
            "failures": one.failures,
            "code": one.code,
        }
        for one in counted
    ]
    opened = [(connector, target) for connector, target, state in fetch(COUNT, [as_set(rows)]) if state == BREAKER_OPEN]
    if opened:
        execute(FORGET)
        mark(tenant_id)
    return opened


def take_probe(key: Key, lease_seconds: float) -> bool:
    """Take the next probe of a circuit breaker for the caller. Return whether the caller may send the probe."""
    return bool(fetch(TAKE_PROBE, {"connector": key[0], "target": key[1], "lease": lease_seconds}))


def probed(tenant_id: uuid.UUID, results: Sequence[Probed]) -> list[Key]:
    """Close or open each breaker by the result of its probe. Returns the closed breakers. Requires a transaction."""
    rows = [
        {"connector": one.key[0], "target": one.key[1], "healthy": one.healthy, "code": one.code} for one in results
    ]
    found = fetch(PROBED, [as_set(rows)])
    closed = {(connector, target): cause for connector, target, cause, state in found if state == BREAKER_CLOSED}
    if closed:
        mark(tenant_id)
        unpark(tenant_id, [CAUSE + cause for cause in closed.values()], WOKEN_AT_ONCE)
    return list(closed)


def mark(tenant_id: uuid.UUID) -> None:
    """Store whether the tenant has a breaker that is not closed."""
    fetch(LOCK_LANE, [tenant_id])
    execute(MARK_LANE, [tenant_id])


def still_open(causes: Collection[str]) -> set[str]:
    """Return the entries of ``causes`` whose circuit breaker is not closed. Each cause names one circuit breaker.

    Other transactions cannot change these circuit breakers until this transaction ends.
    """
    digests = [cause.removeprefix(CAUSE) for cause in causes]
    return {CAUSE + digest for (digest,) in fetch(SHARE, [digests])}


def set_forced(tenant_id: uuid.UUID, key: Key, forced: str) -> None:
    # Wakes the runs that the breaker no longer holds. Requires a transaction.
    execute(SET, {"connector": key[0], "target": key[1], "forced": forced})
    mark(tenant_id)
    if forced != BREAKER_OPEN:
        unpark(tenant_id, [CAUSE + digest_of(key)], LIMITS.waiting_runs)
