"""The depth of the queue. Requires the platform's scope."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.sql import fetch

# Done jobs stay for half an hour, but are not read. An open job is due, later (a retry or a delay), parked without a time,
# dispatched or claimed.
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
    """The number of jobs with one topic and one phase."""

    topic: str
    phase: str
    """due, later, parked, dispatched or claimed."""
    jobs: int
    late_seconds: float
    """The seconds since the due time of the oldest due job."""


def depths() -> list[Depth]:
    """Return the open jobs of all tenants by topic and phase."""
    return [Depth(*row) for row in fetch(BY_TOPIC)]


def depths_of(tenant_ids: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, Depth]]:
    """Return the number of open jobs of some tenants, for each topic and phase."""
    return [(tenant_id, Depth(*rest)) for tenant_id, *rest in fetch(BY_TENANT, [list(tenant_ids)])]


def busiest(most: int) -> list[tuple[uuid.UUID, int]]:
    """Return the tenants with the most due jobs, as (tenant id, number of due jobs)."""
    return [(tenant_id, jobs) for tenant_id, jobs in fetch(BUSIEST, [most])]


def lanes_with_open_breakers() -> int:
    """Return the number of tenants with a breaker that is not closed."""
    ((number,),) = fetch(BROKEN)
    return int(number)
