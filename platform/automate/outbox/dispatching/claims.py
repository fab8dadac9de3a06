"""The SQL statement that marks due jobs as dispatched."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from automate.kernel.sql import execute, fetch
from automate.outbox.jobs import DispatchedJob, DispatchRound, LaterTurn

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
# A tenant whose first turn comes after the room is full has no other turn that fits, so only the tenants before it get all their turns.
# A newcomer has few jobs and no debt. Its turn may exceed the room by the reserve.
# The relay may name tenants whose turns come after the room is full. Only the gaps between their ids are read: one search of the
# index shows that a gap has no open job. Nothing of the skipped tenants is read, so their queues cost no rows and no place in the order.
# The search asks for any open job: a condition on due_at took 0.2 to 0.4 ms more for 190 gaps.
# Rows are known by their addresses (ctid) within the statement: to search the index of ids costs more. A row that another session has
# changed in between has moved, and is left out. The lock does not name `open`: PostgreSQL can choose the index of open jobs for it, and
# then reads the whole backlog of all tenants.
SENT = "'(0,0)'::tid"
"""Replaces the address of a job that was sent and that no worker has claimed. No row has this address."""
DEPTH_SAMPLE = 8
"""After a deep queue, at most this many jobs of the next queue are read to see whether it is deep as well."""
FIRST, LAST = uuid.UUID(int=0).hex, uuid.UUID(int=2**128 - 1).hex
"""The ids of all tenants are between these two."""
DISPATCH = f"""
WITH RECURSIVE gap AS (
    SELECT k.last, k.upto FROM unnest(%(lasts)s::uuid[], %(uptos)s::uuid[]) AS k (last, upto) CROSS JOIN LATERAL (
        SELECT FROM outbox_job j WHERE j.open AND j.tenant_id > k.last AND j.tenant_id < k.upto ORDER BY j.tenant_id, j.due_at LIMIT 1
    ) job
), chunk AS (
    SELECT gap.last, gap.upto, false AS deep, %(first)s::int AS size, NULL::uuid[] AS tenants, NULL::tid[] AS rows FROM gap
    UNION ALL
    SELECT CASE WHEN part.jobs <= chunk.size THEN NULL
                WHEN part.tenants[1] = part.tenants[part.jobs] THEN part.tenants[1]
                ELSE part.tenants[array_position(part.tenants, part.tenants[part.jobs]) - 1] END,
           chunk.upto,
           part.jobs > chunk.size AND part.tenants[1] = part.tenants[part.jobs],
           CASE WHEN part.tenants[1] = part.tenants[least(%(batch)s, chunk.size) + 1]
                THEN least({DEPTH_SAMPLE}, %(window)s::int) ELSE %(window)s::int END,
           part.tenants, part.rows
    FROM chunk CROSS JOIN LATERAL (
        SELECT array_agg(o.tenant_id) AS tenants, array_agg(o.at) AS rows, count(*)::int AS jobs
        FROM (
            SELECT j.tenant_id, CASE WHEN {TAKEABLE} THEN j.ctid WHEN j.state = 'dispatched' THEN {SENT} END AS at
            FROM outbox_job j WHERE j.open AND j.tenant_id > chunk.last AND j.tenant_id < chunk.upto AND j.due_at <= now()
            ORDER BY j.tenant_id, j.due_at LIMIT chunk.size + 1
        ) o
    ) part
    WHERE chunk.last IS NOT NULL AND part.jobs > 0
), shallow AS (
    SELECT j.tenant_id, array_agg(j.at ORDER BY j.place) FILTER (WHERE j.at <> {SENT}) AS rows, count(*) FILTER (WHERE j.at = {SENT}) AS waiting
    FROM chunk CROSS JOIN LATERAL unnest(chunk.tenants, chunk.rows) WITH ORDINALITY AS j (tenant_id, at, place)
    WHERE NOT chunk.deep AND (chunk.last IS NULL OR j.tenant_id <= chunk.last) AND j.at IS NOT NULL
    GROUP BY j.tenant_id
), found AS (
    SELECT chunk.last AS tenant_id, chunk.rows, coalesce(o.weight, 1) AS weight, %(window)s * coalesce(o.weight, 1) AS jobs,
           cardinality(chunk.rows) <= %(window)s AS few,
           array_position(chunk.rows, NULL) IS NULL AND array_position(chunk.rows, {SENT}) IS NULL
           AND (cardinality(chunk.rows) <= %(window)s OR coalesce(o.weight, 1) = 1) AS unsent
    FROM chunk LEFT JOIN outbox_lane o ON o.tenant_id = chunk.last WHERE chunk.deep AND NOT coalesce(o.paused OR o.held, false)
), front AS MATERIALIZED (
    SELECT shallow.tenant_id, coalesce(o.weight, 1) AS weight, %(window)s * coalesce(o.weight, 1) AS jobs, shallow.rows, shallow.waiting, false AS few, false AS deep
    FROM shallow LEFT JOIN outbox_lane o ON o.tenant_id = shallow.tenant_id WHERE NOT coalesce(o.paused OR o.held, false)
    UNION ALL
    SELECT tenant_id, weight, jobs, CASE WHEN NOT few THEN rows[:%(window)s] END, 0, few, true FROM found WHERE unsent
    UNION ALL
    SELECT found.tenant_id, found.weight, found.jobs, due.rows, sent.waiting, false, true
    FROM found
    CROSS JOIN LATERAL (
        SELECT array_agg(d.at) AS rows, CASE WHEN count(*) = found.jobs THEN max(d.due_at) ELSE now() END AS horizon
        FROM (
            SELECT j.ctid AS at, j.due_at FROM outbox_job j
            WHERE j.tenant_id = found.tenant_id AND j.open AND j.due_at <= now() AND {TAKEABLE}
            ORDER BY j.due_at LIMIT found.jobs
        ) d
    ) due
    CROSS JOIN LATERAL (
        SELECT count(*) AS waiting FROM outbox_job j
        WHERE j.tenant_id = found.tenant_id AND j.open AND j.due_at <= due.horizon
          AND j.state = 'dispatched' AND j.dispatched_at > now() - make_interval(secs => %(resend)s)
    ) sent
    WHERE NOT found.unsent
), lane AS (
    SELECT front.tenant_id, front.weight, front.waiting::int AS waiting, front.rows, front.few,
           coalesce(k.ms, %(ms)s) AS ms, coalesce(k.debt, 0) AS debt,
           front.weight * greatest(1, least(%(batch)s, floor(%(turn)s / coalesce(k.ms, %(ms)s))))::int AS size,
           (least(CASE WHEN front.few THEN front.jobs ELSE coalesce(cardinality(front.rows), 0) END, front.jobs - front.waiting))::int AS jobs,
           front.waiting = 0 AND (front.few OR cardinality(front.rows) > 0) AS later,
           front.deep, front.waiting > 0 AND cardinality(front.rows) > 0 AS held_back,
           CASE WHEN front.waiting = 0 AND NOT front.few AND cardinality(front.rows) <= {DEPTH_SAMPLE} AND coalesce(k.debt, 0) <= 0
                THEN %(reserve)s::float8 ELSE 0 END AS reserve
    FROM front LEFT JOIN unnest(%(tenants)s::uuid[], %(debts)s::float8[], %(costs)s::float8[]) AS k (tenant_id, debt, ms)
         ON k.tenant_id = front.tenant_id
), room AS (
    SELECT %(room)s - coalesce(sum(waiting * ms), 0) AS ms FROM lane
), opening AS (
    SELECT tenant_id, sum(cost) OVER (ORDER BY tag, tenant_id <= %(after)s, tenant_id ROWS UNBOUNDED PRECEDING) - cost - reserve AS before
    FROM (
        SELECT tenant_id, reserve, least(jobs, size - waiting %% size) * ms AS cost,
               debt + (waiting / size * size + least(jobs, size - waiting %% size)) * ms / weight AS tag
        FROM lane WHERE jobs > 0
    ) o
), turn AS (
    SELECT lane.*, place, greatest(1, place * size - waiting + 1) AS first, least(lane.jobs, (place + 1) * size - waiting) AS last
    FROM opening JOIN lane USING (tenant_id)
    CROSS JOIN LATERAL generate_series(waiting / size, (waiting + lane.jobs - 1) / size) place
    WHERE opening.before < (SELECT ms FROM room)
), ordered AS (
    SELECT tenant_id, rows, few, first, last, sum((last - first + 1) * ms) OVER (
        ORDER BY debt + (place * size + last - first + 1) * ms / weight, tenant_id <= %(after)s, tenant_id
        ROWS UNBOUNDED PRECEDING
    ) - (last - first + 1) * ms - reserve AS before
    FROM turn
), chosen AS (
    SELECT tenant_id, rows, few, first, last FROM ordered WHERE before < (SELECT ms FROM room)
), picked AS (
    SELECT unnest(rows[first:last]) AS at FROM chosen WHERE NOT few
    UNION ALL
    SELECT due.at
    FROM (SELECT tenant_id, max(last) AS jobs FROM chosen WHERE few GROUP BY tenant_id) deeper
    CROSS JOIN LATERAL (
        SELECT j.ctid AS at FROM outbox_job j
        WHERE j.tenant_id = deeper.tenant_id AND j.open AND j.due_at <= now() AND {TAKEABLE}
        ORDER BY j.due_at LIMIT deeper.jobs
    ) due
), locked AS (
    SELECT j.ctid AS at FROM outbox_job j
    WHERE j.ctid = ANY (ARRAY(SELECT at FROM picked)) AND {TAKEABLE}
    FOR UPDATE SKIP LOCKED
), sent AS (
    UPDATE outbox_job j
    SET state = 'dispatched', dispatched_at = now(), alone = j.alone OR j.state = 'claimed'
    WHERE j.ctid = ANY (ARRAY(SELECT at FROM locked))
    RETURNING j.id, j.tenant_id, j.topic, j.alone, {LATE} AS late
), message AS (
    SELECT tenant_id, topic, alone, array_agg(id) AS ids, array_agg(late) AS late FROM sent GROUP BY tenant_id, topic, alone
)
SELECT lane.tenant_id, lane.weight, lane.later, lane.deep, message.topic, message.alone, message.ids, message.late, least(lane.jobs, lane.size) * lane.ms,
       coalesce((SELECT sum(waiting * ms) FROM lane), 0)::float8, %(skipped)s + (SELECT sum(weight) FROM lane WHERE jobs > 0)::int,
       (SELECT coalesce(sum(last - first + 1), 0)::int FROM chosen), now()
FROM (VALUES (1)) AS once LEFT JOIN (
    lane LEFT JOIN message ON message.tenant_id = lane.tenant_id
) ON lane.later OR lane.held_back OR message.ids IS NOT NULL
"""


class _Row(NamedTuple):
    """A message, or a tenant without one, for which the columns of a message are None.

    If the round found neither, there is one row without a tenant.
    """

    tenant_id: uuid.UUID | None
    weight: int
    later: bool
    deep: bool
    topic: str
    alone: bool
    ids: list[uuid.UUID] | None
    late: list[float] | None
    turn_ms: float
    waiting: float
    competing: int
    chosen: int
    """The jobs of all chosen turns. Some may have been left out."""
    at: datetime
    """The time at which the round looked for due jobs."""


REUSE_PLANS = "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)"
NONE: Mapping[uuid.UUID, float] = {}


def reuse_plans() -> None:
    """Let PostgreSQL reuse this session's query plans. Also call ``plan_again`` about once a second."""
    fetch(REUSE_PLANS)


def plan_again() -> None:
    """Discard this session's query plans. PostgreSQL then makes new plans."""
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
    reserve: float = 0.0,  # milliseconds by which the turns of tenants with few jobs and no debt may exceed the room
    skipped: Sequence[LaterTurn] = (),  # tenants whose turns come after the room is full, in the order of their ids
) -> DispatchRound:
    """Mark jobs as dispatched. Each tenant gets a fair share. The caller sends the jobs after the commit."""
    hexes = [skip.tenant_id.hex for skip in skipped]
    known = list({**debts, **costs}.keys() - {skip.tenant_id for skip in skipped})
    parameters = {
        "window": window,
        "room": room,
        "reserve": reserve,
        "batch": batch,
        "turn": TURN_MS,
        "ms": usual_ms,
        "resend": resend_seconds,
        "after": after,
        "tenants": _array(tenant_id.hex for tenant_id in known),
        "debts": _array(str(debts.get(tenant_id, 0.0)) for tenant_id in known),
        "costs": _array(str(costs.get(tenant_id, usual_ms)) for tenant_id in known),
        "lasts": _array((FIRST, *hexes)),
        "uptos": _array((*hexes, LAST)),
        "first": min(DEPTH_SAMPLE, window) if skipped else window,
        "skipped": sum(skip.weight for skip in skipped),
    }
    jobs: list[DispatchedJob] = []
    later: list[LaterTurn] = []
    held_back, waiting, chosen, at = False, 0.0, 0, None
    for row in map(_Row._make, fetch(DISPATCH, parameters)):
        chosen, at = row.chosen, row.at
        if row.tenant_id is None:
            continue
        waiting = row.waiting
        if row.ids is None and row.later:
            later.append(LaterTurn(row.tenant_id, row.weight, row.turn_ms))
            continue
        held_back = held_back or row.deep or row.ids is None
        rest = (row.weight, waiting, row.competing, costs.get(row.tenant_id, usual_ms))
        # Tuples of all fields: a dispatch makes hundreds of them.
        jobs += [
            DispatchedJob._make((job_id, row.tenant_id, row.topic, row.alone, seconds, *rest))
            for job_id, seconds in zip(row.ids or (), row.late or (), strict=True)
        ]
    return DispatchRound(jobs, later, held_back, waiting, missed=chosen > len(jobs), at=at)
