"""The SQL statement that marks due jobs as dispatched."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from automate.kernel.sql import execute, fetch
from automate.outbox.jobs import DispatchedJob

JOB_MS = 1.0
"""Milliseconds of a worker's time that a job takes, as long as no worker has measured any tenant's jobs."""
TURN_MS = 80.0
"""Milliseconds of a worker's time in a turn of a tenant of weight 1. A job that takes longer is a turn."""
LATE = "greatest(0, date_part('epoch', now() - j.due_at))"
TAKEABLE = """
      (j.state = 'pending' OR (j.state = 'dispatched' AND j.dispatched_at <= now() - make_interval(secs => %(resend)s))
       OR (j.state = 'claimed' AND j.lease_until <= now()))
"""
# Take jobs that are due, that were sent but never claimed, or that lost their worker. Each tenant in turn gets as many jobs as fit
# into the milliseconds of a turn, at most a batch, within its window and the free room of all tenants. The tenant with the least
# debt after its turn comes first. Due jobs are read in index order, which skips jobs that wait for a time, in chunks of window + 1.
# A chunk holds many shallow queues completely, except the last one, where the next chunk starts. A queue that fills a chunk is deep:
# the next chunk starts behind it, whatever the size of its backlog, and is small, because deep queues come together. A deep queue
# without jobs in flight counts as one that fills its window; the small part is read, and more once the queue has its turn. The front
# of any other deep queue is read separately: as many jobs as the window allows, and those in flight among them, because sent jobs
# are due before unsent ones. The lock checks again what another relay may have taken.
LOOK = 8
"""The jobs that are read behind a deep queue, to see whether the next queue is deep as well."""
DISPATCH = f"""
WITH RECURSIVE chunk AS (
    SELECT '00000000-0000-0000-0000-000000000000'::uuid AS last, false AS deep, %(window)s::int AS size,
           NULL::uuid[] AS tenants, NULL::uuid[] AS ids, NULL::boolean[] AS takeable
    UNION ALL
    SELECT CASE WHEN part.jobs <= chunk.size THEN NULL
                WHEN part.tenants[1] = part.tenants[part.jobs] THEN part.tenants[1]
                ELSE part.tenants[array_position(part.tenants, part.tenants[part.jobs]) - 1] END,
           part.jobs > chunk.size AND part.tenants[1] = part.tenants[part.jobs],
           CASE WHEN part.tenants[1] = part.tenants[least(%(batch)s, chunk.size) + 1]
                THEN least({LOOK}, %(window)s::int) ELSE %(window)s::int END,
           part.tenants, part.ids, part.takeable
    FROM chunk CROSS JOIN LATERAL (
        SELECT array_agg(o.tenant_id) AS tenants, array_agg(o.id) AS ids, array_agg(o.takeable) AS takeable, count(*)::int AS jobs
        FROM (
            SELECT j.tenant_id, j.id,
                   CASE WHEN {TAKEABLE} THEN true WHEN j.state = 'dispatched' THEN false END AS takeable
            FROM outbox_job j WHERE j.open AND j.tenant_id > chunk.last AND j.due_at <= now()
            ORDER BY j.tenant_id, j.due_at LIMIT chunk.size + 1
        ) o
    ) part
    WHERE chunk.last IS NOT NULL AND part.jobs > 0
), shallow AS (
    SELECT j.tenant_id, array_agg(j.id ORDER BY j.place) FILTER (WHERE j.takeable) AS ids, count(*) FILTER (WHERE NOT j.takeable) AS waiting
    FROM chunk CROSS JOIN LATERAL unnest(chunk.tenants, chunk.ids, chunk.takeable) WITH ORDINALITY AS j (tenant_id, id, takeable, place)
    WHERE NOT chunk.deep AND (chunk.last IS NULL OR j.tenant_id <= chunk.last) AND j.takeable IS NOT NULL
    GROUP BY j.tenant_id
), found AS (
    SELECT chunk.*, coalesce(o.paused OR o.held, false) AS paused, coalesce(o.weight, 1) AS weight, cardinality(chunk.ids) <= %(window)s AS few
    FROM chunk LEFT JOIN outbox_lane o ON o.tenant_id = chunk.last WHERE chunk.deep
), deep AS (
    SELECT last AS tenant_id, paused, weight, %(window)s * weight AS jobs, few,
           CASE WHEN array_position(takeable, NULL) IS NULL AND array_position(takeable, false) IS NULL AND (few OR weight = 1)
           THEN ids[:least(%(window)s, cardinality(ids) - 1)] END AS ids
    FROM found
), front AS MATERIALIZED (
    SELECT shallow.tenant_id, coalesce(o.weight, 1) AS weight, %(window)s * coalesce(o.weight, 1) AS jobs, shallow.ids, shallow.waiting, false AS few
    FROM shallow LEFT JOIN outbox_lane o ON o.tenant_id = shallow.tenant_id WHERE NOT coalesce(o.paused OR o.held, false)
    UNION ALL
    SELECT deep.tenant_id, deep.weight, deep.jobs, deep.ids, 0, deep.few FROM deep WHERE deep.ids IS NOT NULL AND NOT deep.paused
    UNION ALL
    SELECT deep.tenant_id, deep.weight, deep.jobs, due.ids, sent.waiting, false
    FROM deep
    CROSS JOIN LATERAL (
        SELECT array_agg(d.id) AS ids, CASE WHEN count(*) = deep.jobs THEN max(d.due_at) ELSE now() END AS horizon
        FROM (
            SELECT j.id, j.due_at FROM outbox_job j
            WHERE j.tenant_id = deep.tenant_id AND j.open AND j.due_at <= now() AND {TAKEABLE}
            ORDER BY j.due_at LIMIT deep.jobs
        ) d
    ) due
    CROSS JOIN LATERAL (
        SELECT count(*) AS waiting FROM outbox_job j
        WHERE j.tenant_id = deep.tenant_id AND j.open AND j.due_at <= due.horizon
          AND j.state = 'dispatched' AND j.dispatched_at > now() - make_interval(secs => %(resend)s)
    ) sent
    WHERE deep.ids IS NULL AND NOT deep.paused
), lane AS (
    SELECT front.tenant_id, front.weight, front.waiting, front.ids, front.few, coalesce(k.ms, %(ms)s) AS ms, coalesce(k.debt, 0) AS debt,
           front.weight * greatest(1, least(%(batch)s, floor(%(turn)s / coalesce(k.ms, %(ms)s))))::int AS size,
           least(CASE WHEN front.few THEN front.jobs ELSE coalesce(cardinality(front.ids), 0) END, front.jobs - front.waiting) AS jobs
    FROM front LEFT JOIN unnest(%(tenants)s::uuid[], %(debts)s::float8[], %(costs)s::float8[]) AS k (tenant_id, debt, ms)
         ON k.tenant_id = front.tenant_id
), turn AS (
    SELECT lane.*, place, greatest(1, place * size - waiting + 1) AS first, least(lane.jobs, (place + 1) * size - waiting) AS last
    FROM lane CROSS JOIN LATERAL generate_series(waiting / size, (waiting + lane.jobs - 1) / size) place
    WHERE lane.jobs > 0
), ordered AS (
    SELECT tenant_id, ids, few, first, last, sum((last - first + 1) * ms) OVER (
        ORDER BY debt + (place * size + last - first + 1) * ms / weight, tenant_id <= %(after)s, tenant_id
        ROWS UNBOUNDED PRECEDING
    ) - (last - first + 1) * ms AS before
    FROM turn
), chosen AS (
    SELECT tenant_id, ids, few, first, last FROM ordered
    WHERE before < %(room)s - coalesce((SELECT sum(waiting * ms) FROM lane), 0)
), picked AS (
    SELECT unnest(ids[first:last]) AS id FROM chosen WHERE NOT few
    UNION ALL
    SELECT due.id
    FROM (SELECT tenant_id, max(last) AS jobs FROM chosen WHERE few GROUP BY tenant_id) deeper
    CROSS JOIN LATERAL (
        SELECT j.id FROM outbox_job j
        WHERE j.tenant_id = deeper.tenant_id AND j.open AND j.due_at <= now() AND {TAKEABLE}
        ORDER BY j.due_at LIMIT deeper.jobs
    ) due
), locked AS (
    SELECT j.id FROM outbox_job j
    WHERE j.id = ANY (ARRAY(SELECT id FROM picked)) AND j.open AND {TAKEABLE}
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox_job j
SET state = 'dispatched', dispatched_at = now(), alone = j.alone OR j.state = 'claimed'
FROM locked WHERE j.id = locked.id
RETURNING j.id, j.tenant_id, j.topic, j.alone, {LATE}, coalesce((SELECT o.weight FROM outbox_lane o WHERE o.tenant_id = j.tenant_id), 1),
          coalesce((SELECT sum(waiting * ms) FROM lane), 0)::float8, (SELECT sum(weight) FROM lane WHERE jobs > 0)::int
"""

REUSE_PLANS = "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)"
NONE: Mapping[uuid.UUID, float] = {}


def reuse_plans() -> None:
    """Let this session reuse the plans of its statements. Call ``plan_again`` about once a second."""
    fetch(REUSE_PLANS)


def plan_again() -> None:
    """Let PostgreSQL plan this session's statements again."""
    execute("DISCARD PLANS")


def _array(elements: Iterable[str]) -> str:
    # For a thousand tenants this takes a quarter of the time that psycopg needs for a list.
    return "{" + ",".join(elements) + "}"


def dispatch(
    *,
    window: int,  # the most unclaimed jobs of one tenant
    room: float,  # the most unclaimed work of all tenants, in milliseconds; the last turn may exceed it
    resend_seconds: float,
    after: uuid.UUID,  # the last tenant of the previous round
    batch: int = 1,  # the most jobs in one turn of a tenant with weight 1
    debts: Mapping[uuid.UUID, float] = NONE,  # milliseconds that each tenant has received above its share
    costs: Mapping[uuid.UUID, float] = NONE,  # milliseconds that a job of each tenant takes
    usual_ms: float = JOB_MS,  # for a tenant without `costs`
) -> list[DispatchedJob]:
    """Mark jobs as dispatched, fairly across tenants. The caller sends the jobs after the commit."""
    known = list({**debts, **costs})
    parameters = {
        "window": window,
        "room": room,
        "batch": batch,
        "turn": TURN_MS,
        "ms": usual_ms,
        "resend": resend_seconds,
        "after": after,
        "tenants": _array(tenant_id.hex for tenant_id in known),
        "debts": _array(str(debts.get(tenant_id, 0.0)) for tenant_id in known),
        "costs": _array(str(costs.get(tenant_id, usual_ms)) for tenant_id in known),
    }
    # A tuple of all fields: a dispatch makes hundreds of them.
    return [DispatchedJob._make((*row, costs.get(row[1], usual_ms))) for row in fetch(DISPATCH, parameters)]
