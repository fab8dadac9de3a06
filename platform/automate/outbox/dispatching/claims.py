"""The statement that marks due jobs as dispatched: which tenants are next, and how many jobs each gets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from automate.kernel.sql import fetch
from automate.outbox.jobs import DispatchedJob

LATE = "greatest(0, extract(epoch FROM now() - j.due_at))::float8"
TAKEABLE = """
      (j.state = 'pending' OR (j.state = 'dispatched' AND j.dispatched_at <= now() - make_interval(secs => %(resend)s))
       OR (j.state = 'claimed' AND j.lease_until <= now()))
"""
# Take what is due, what was sent but never claimed, and what lost its worker: each tenant in turn gets a batch of jobs,
# the tenant first that owes least after its turn, within its window and the free room of all. Due jobs are read in the order of their index,
# which passes over those that wait for a time, a chunk of one more than the window at a time: it holds many lanes that
# are shallow, each whole but the last, where the next chunk begins. A lane that fills a chunk is deep: its front is
# read for itself, and the next chunk begins behind it, whatever the depth of its backlog. Of a backlog only the front
# is read: as many jobs as the window could take, and what is under way among them, for what was sent is due before what
# was not. The lock rechecks what another relay may have taken meanwhile.
WHOLE_CHUNKS = 32
DISPATCH = f"""
WITH RECURSIVE chunk AS (
    SELECT '00000000-0000-0000-0000-000000000000'::uuid AS last, false AS deep, 0 AS number, %(window)s::int AS size,
           NULL::uuid[] AS tenants, NULL::uuid[] AS ids, NULL::boolean[] AS takeable
    UNION ALL
    SELECT CASE WHEN part.jobs <= chunk.size THEN NULL
                WHEN part.tenants[1] = part.tenants[part.jobs] THEN part.tenants[1]
                ELSE part.tenants[array_position(part.tenants, part.tenants[part.jobs]) - 1] END,
           part.jobs > chunk.size AND part.tenants[1] = part.tenants[part.jobs],
           chunk.number + 1, CASE WHEN chunk.number >= {WHOLE_CHUNKS} THEN least(%(batch)s::int, %(window)s::int) ELSE %(window)s::int END,
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
), deep AS (
    SELECT chunk.last AS tenant_id, coalesce(o.paused OR o.held, false) AS paused, coalesce(o.weight, 1) AS weight, %(window)s * coalesce(o.weight, 1) AS jobs,
           CASE WHEN array_position(chunk.takeable, NULL) IS NULL AND array_position(chunk.takeable, false) IS NULL AND coalesce(o.weight, 1) = 1
           THEN chunk.ids[:least(%(window)s, cardinality(chunk.ids) - 1)] END AS ids
    FROM chunk LEFT JOIN outbox_lane o ON o.tenant_id = chunk.last WHERE chunk.deep
), front AS MATERIALIZED (
    SELECT shallow.tenant_id, coalesce(o.weight, 1) AS weight, %(window)s * coalesce(o.weight, 1) AS jobs, shallow.ids, shallow.waiting
    FROM shallow LEFT JOIN outbox_lane o ON o.tenant_id = shallow.tenant_id WHERE NOT coalesce(o.paused OR o.held, false)
    UNION ALL
    SELECT deep.tenant_id, deep.weight, deep.jobs, deep.ids, 0 FROM deep WHERE deep.ids IS NOT NULL AND NOT deep.paused
    UNION ALL
    SELECT deep.tenant_id, deep.weight, deep.jobs, due.ids, sent.waiting
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
    SELECT front.tenant_id, front.weight, front.weight * %(batch)s AS size, front.waiting, front.ids,
           least(coalesce(cardinality(front.ids), 0), front.jobs - front.waiting) AS jobs, coalesce(d.debt, 0) AS debt
    FROM front LEFT JOIN unnest(%(tenants)s::uuid[], %(debts)s::float8[]) AS d (tenant_id, debt) ON d.tenant_id = front.tenant_id
), turn AS (
    SELECT lane.*, place, greatest(1, place * size - waiting + 1) AS first, least(lane.jobs, (place + 1) * size - waiting) AS last
    FROM lane CROSS JOIN LATERAL generate_series(waiting / size, (waiting + lane.jobs - 1) / size) place
    WHERE lane.jobs > 0
), ordered AS (
    SELECT ids, first, last, sum(last - first + 1) OVER (
        ORDER BY debt + place * %(batch)s + (last - first + 1)::float8 / weight, tenant_id <= %(after)s, tenant_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS total
    FROM turn
), picked AS (
    SELECT unnest(ids[first:last]) AS id FROM ordered
    WHERE total - (last - first + 1) < %(room)s - coalesce((SELECT sum(waiting) FROM front), 0)
), locked AS (
    SELECT j.id, j.state FROM outbox_job j
    WHERE j.id = ANY (ARRAY(SELECT id FROM picked)) AND j.open AND {TAKEABLE}
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox_job j
SET state = 'dispatched', dispatched_at = now(), alone = j.alone OR locked.state = 'claimed'
FROM locked WHERE j.id = locked.id
RETURNING j.id, j.tenant_id, j.topic, j.alone, {LATE}, coalesce((SELECT o.weight FROM outbox_lane o WHERE o.tenant_id = j.tenant_id), 1),
          coalesce((SELECT sum(waiting) FROM front), 0)::int, (SELECT sum(weight) FROM lane WHERE jobs > 0)::int
"""

NO_DEBTS: Mapping[uuid.UUID, float] = {}


def dispatch(
    *,
    window: int,
    room: int,
    resend_seconds: float,
    after: uuid.UUID,
    batch: int = 1,
    debts: Mapping[uuid.UUID, float] = NO_DEBTS,
) -> list[DispatchedJob]:
    """Mark jobs as dispatched, fairly across tenants; the caller sends them after the commit.

    window: how many of one tenant's jobs may wait unclaimed; room: how many of all tenants'. The last turn goes out whole.
    batch: how many jobs a tenant of weight 1 gets in a turn; debts: by tenant, the jobs that it had above its share.
    after: the tenant that was served last, so that the next round starts behind it.
    """
    parameters = {
        "window": window,
        "room": room,
        "batch": batch,
        "resend": resend_seconds,
        "after": after,
        "tenants": list(debts),
        "debts": [float(debt) for debt in debts.values()],
    }
    return [DispatchedJob(*row) for row in fetch(DISPATCH, parameters)]
