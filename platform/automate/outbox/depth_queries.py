"""What waits in the queue, over all tenants and of some, read from the open jobs alone. Acts for the platform."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.sql import fetch

# Done jobs stay for half an hour; none of them is read. An open job is due, later (a retry, a delay), parked without a
# time, dispatched or claimed.
PHASE = """CASE WHEN state IN ('dispatched', 'claimed') THEN state WHEN due_at = 'infinity' THEN 'parked'
     WHEN due_at <= now() THEN 'due' ELSE 'later' END"""
BY_TOPIC = f"""
SELECT topic, phase, count(*), coalesce(max(late), 0)
FROM (SELECT topic, {PHASE} AS phase,
             CASE WHEN due_at <= now() THEN extract(epoch FROM now() - due_at)::float8 END AS late
      FROM outbox_job WHERE open) jobs
GROUP BY topic, phase
"""
BY_TENANT = f"""
SELECT tenant_id, topic, phase, count(*), coalesce(max(late), 0)
FROM (SELECT tenant_id, topic, {PHASE} AS phase,
             CASE WHEN due_at <= now() THEN extract(epoch FROM now() - due_at)::float8 END AS late
      FROM outbox_job WHERE open AND tenant_id = ANY (%s)) jobs
GROUP BY tenant_id, topic, phase
"""
BUSIEST = """
SELECT tenant_id, count(*) FROM outbox_job WHERE open AND due_at <= now() GROUP BY tenant_id ORDER BY count(*) DESC, tenant_id LIMIT %s
"""
BROKEN = "SELECT count(*) FROM outbox_lane WHERE broken"


@dataclass(frozen=True)
class Depth:
    """phase: due, later, parked, dispatched or claimed. late_seconds: since the due time of the job that is due longest."""

    topic: str
    phase: str
    jobs: int
    late_seconds: float


def depths() -> list[Depth]:
    """The open jobs of all tenants, by topic and phase."""
    return [Depth(*row) for row in fetch(BY_TOPIC)]


def depths_of(tenant_ids: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, Depth]]:
    """The open jobs of some tenants, by tenant, topic and phase."""
    return [(tenant_id, Depth(*rest)) for tenant_id, *rest in fetch(BY_TENANT, [list(tenant_ids)])]


def busiest(most: int) -> list[tuple[uuid.UUID, int]]:
    """The tenants with the most due jobs, each with their number."""
    return [(tenant_id, jobs) for tenant_id, jobs in fetch(BUSIEST, [most])]


def lanes_with_open_breakers() -> int:
    """The number of tenants that have a circuit breaker which is not closed."""
    ((number,),) = fetch(BROKEN)
    return int(number)
