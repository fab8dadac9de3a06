"""Queries for notices about runs, approvals and hosts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from automate.effects.breakers.transitions import CAUSE
from automate.kernel.ids import ids_around
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.queries import EXACT_COUNT
from automate.kernel.sql import fetch, fetch_value
from automate.kernel.tenancy import current_tenant
from automate.runs.states import PENDING

NEW_AFTER_DAYS = 7
MOST_RUNS = 120_000
"""Number of newest runs that are counted."""
TOP_FAILURES = 5

# A failure that was absent for some time counts as new again. Its newest run decides that.
NEWS = f"""
SELECT f.fingerprint::text FROM unnest(%(fingerprints)s::uuid[]) AS f (fingerprint)
WHERE NOT coalesce((
    SELECT r.finished_at > now() - interval '{NEW_AFTER_DAYS} days' FROM execution_run r
    WHERE r.fingerprint = f.fingerprint AND r.id <> ALL (%(own)s) ORDER BY r.id DESC LIMIT 1), false)
"""
FAILED_RUNS = """
SELECT r.id, r.workflow_id, w.slug, r.fingerprint, r.error::text FROM execution_run r JOIN workflow w ON w.id = r.workflow_id
WHERE r.id = ANY (%s) AND r.fingerprint IS NOT NULL AND NOT r.test
"""

NOW = "SELECT now() - make_interval(secs => %s)"

WORKFLOW_DAY = f"""
SELECT count(*), count(*) FILTER (WHERE state IN ('failed', 'timed_out')) FROM (
    SELECT state FROM execution_run
    WHERE workflow_id = %s AND id > %s AND finished_at > now() - interval '{DAY_SECONDS} seconds' AND state <> 'cancelled' AND NOT test
    ORDER BY id DESC LIMIT {MOST_RUNS}) AS day
"""

WORKFLOW = "SELECT slug FROM workflow WHERE id = %s AND paused_at IS NULL"

TENANT_DAY = f"""
SELECT state, count(*) FROM (
    SELECT state FROM execution_run WHERE id > %s AND finished_at > now() - interval '{DAY_SECONDS} seconds' AND NOT test
    ORDER BY id DESC LIMIT {MOST_RUNS}) AS day GROUP BY state
"""

TOP = f"""
SELECT code, workflow, count(*) FROM (
    SELECT r.error ->> 'code' AS code, w.slug AS workflow FROM execution_run r JOIN workflow w ON w.id = r.workflow_id
    WHERE r.id > %s AND r.finished_at > now() - interval '{DAY_SECONDS} seconds' AND r.fingerprint IS NOT NULL AND NOT r.test
    ORDER BY r.id DESC LIMIT {MOST_RUNS}) AS failed
GROUP BY code, workflow ORDER BY count(*) DESC, code, workflow LIMIT {TOP_FAILURES}
"""

WAITING = f"SELECT count(*) FROM (SELECT 1 FROM approval WHERE state = '{PENDING}' LIMIT {EXACT_COUNT}) AS waiting"

HELD = f"""
SELECT b.state, parked.jobs FROM circuit_breaker b CROSS JOIN LATERAL (
    SELECT count(*) AS jobs FROM (
        SELECT 1 FROM public.outbox_job j WHERE j.tenant_id = %s AND j.parked = '{CAUSE}' || b.digest AND j.parked <> '' LIMIT {EXACT_COUNT}
    ) AS first) AS parked
WHERE b.connector = %s AND b.target = %s
"""

WAITS = "SELECT 1 FROM approval WHERE step_id = %s AND state = %s"


@dataclass(frozen=True)
class Failed:
    run_id: uuid.UUID
    workflow_id: uuid.UUID
    workflow: str
    fingerprint: uuid.UUID
    error: JsonObject
    """As stored."""


def failed_runs(run_ids: Sequence[uuid.UUID]) -> list[Failed]:
    # As the database has them now. Tests are left out.
    rows = fetch(FAILED_RUNS, [list(run_ids)])
    return [Failed(run, workflow, slug, found, orjson.loads(error)) for run, workflow, slug, found, error in rows]


def news(fingerprints: Sequence[str], own: Sequence[uuid.UUID]) -> list[str]:
    """Return the fingerprints that are new: no other run had them in the last NEW_AFTER_DAYS days."""
    return [found for (found,) in fetch(NEWS, {"fingerprints": list(fingerprints), "own": list(own)})]


def workflow_day(workflow_id: uuid.UUID) -> tuple[int, int]:
    """Return how many of the workflow's runs ended in the last day, and how many of these runs failed."""
    ((ended, failed),) = fetch(WORKFLOW_DAY, [workflow_id, _since_a_day()])
    return ended, failed


def unpaused(workflow_id: uuid.UUID) -> str | None:
    """Return the slug of a workflow. None if the workflow is paused."""
    slug: str | None = fetch_value(WORKFLOW, [workflow_id])
    return slug


def tenant_day() -> dict[str, int]:
    """Return how many runs ended in the last day. Each final state has its own number."""
    return dict(fetch(TENANT_DAY, [_since_a_day()]))


def top_failures() -> list[dict[str, JsonValue]]:
    """Return the most frequent failures of the last day."""
    rows = fetch(TOP, [_since_a_day()])
    return [{"code": code, "workflow": slug, "runs": count} for code, slug, count in rows]


def waiting_approvals() -> int:
    ((count,),) = fetch(WAITING)
    return int(count)


def waits(approval_id: str) -> bool:
    return bool(fetch(WAITS, [approval_id, PENDING]))


def held_runs(connector: str, host: str) -> tuple[str, int] | None:
    """Return the state of the host's breaker, and how many jobs wait for the breaker.

    Returns None if the host has no breaker.
    """
    for state, jobs in fetch(HELD, [current_tenant().id, connector, host]):
        return state, jobs
    return None


def _since_a_day() -> uuid.UUID:
    # Below the ids of all runs that were created in the last two days.
    ((since,),) = fetch(NOW, [2 * DAY_SECONDS])
    return ids_around(since)[0]
