"""Whether what a notice is about is still so when it is due, and the facts of that moment."""

from __future__ import annotations

import uuid
from typing import Any

from automate.budgets.queries import budgets_of
from automate.kernel.errors import Json
from automate.kernel.ids import ids_around
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.notices.models import APPROVAL, DIGEST, FAILING, HOST
from automate.notices.transitions import Planned
from automate.runs.breakers.transitions import CAUSE
from automate.runs.recovery import holds
from automate.runs.states import BREAKER_CLOSED, PENDING

LEAST_RUNS = 20
"""Of a workflow that ended within the day; fewer say too little."""
FAILING_PERCENT = 95
MOST_RUNS = 100_000
"""Of the newest runs that are counted."""
TOP_FAILURES = 5
FULL_PERCENT = 80

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
WAITING = f"SELECT count(*) FROM (SELECT 1 FROM approval WHERE state = '{PENDING}' LIMIT 10000) AS waiting"
HELD = f"""
SELECT b.state, parked.jobs FROM circuit_breaker b CROSS JOIN LATERAL (
    SELECT count(*) AS jobs FROM (
        SELECT 1 FROM public.outbox_job j WHERE j.tenant_id = %s AND j.parked = '{CAUSE}' || b.digest AND j.parked <> '' LIMIT 10000
    ) AS first) AS parked
WHERE b.connector = %s AND b.target = %s
"""


def look(notice: Planned) -> dict[str, Json] | None:
    """What there is to tell; None where the cause has ended. Pauses a workflow that is to pause itself. Requires a transaction."""
    if notice.kind == DIGEST:
        return _digest()
    if notice.kind == FAILING:
        return _failing(uuid.UUID(notice.cause), notice.about)
    if notice.kind == HOST:
        return _host(notice.about)
    if notice.kind == APPROVAL:
        rows = fetch("SELECT 1 FROM approval WHERE step_id = %s AND state = %s", [notice.about["approval"], PENDING])
        return notice.about if rows else None
    return notice.about


def _digest() -> dict[str, Json] | None:
    since = _since_a_day()
    states = dict(fetch(TENANT_DAY, [since]))
    if not states:
        return None
    ((waiting,),) = fetch(WAITING)
    full = [
        {"budget": one.name, "percent": 100 * one.used // one.limit}
        for one in budgets_of(current_tenant().id)
        if one.limit and one.used * 100 >= FULL_PERCENT * one.limit
    ]
    top = [{"code": code, "workflow": slug, "runs": count} for code, slug, count in fetch(TOP, [since])]
    return {"runs": states, "failures": top, "approvals": waiting, "budgets": full}


def _failing(workflow_id: uuid.UUID, about: dict[str, Json]) -> dict[str, Json] | None:
    ((ended, failed),) = fetch(WORKFLOW_DAY, [workflow_id, _since_a_day()])
    if ended < LEAST_RUNS or failed * 100 < FAILING_PERCENT * ended:
        return None
    rows = fetch(WORKFLOW, [workflow_id])
    if not rows:
        return None
    reason = f"paused automatically: {failed} of {ended} runs failed within a day"
    with acting_as(Principal(kind="system", name="notices")):
        holds.pause_workflow(rows[0][0], reason)
    return {**about, "workflow": rows[0][0], "ended": ended, "failed": failed}


def _host(about: dict[str, Json]) -> dict[str, Json] | None:
    rows: list[tuple[Any, ...]] = fetch(HELD, [current_tenant().id, about["connector"], about["host"]])
    if not rows or rows[0][0] == BREAKER_CLOSED or not rows[0][1]:
        return None
    return {**about, "runs": rows[0][1]}


def _since_a_day() -> uuid.UUID:
    """An id below those of all runs that ended within a day and began within two."""
    ((since,),) = fetch(NOW, [2 * DAY_SECONDS])
    return ids_around(since)[0]
