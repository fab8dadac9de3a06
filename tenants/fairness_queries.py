"""Reads the share of the workers' time that each tenant gets. Operators see these shares."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import Page, Slice
from automate.kernel.sql import fetch
from automate.outbox import costs
from automate.outbox.dispatching.claims import JOB_MS
from tenants.queries import tenants_page

SAMPLE_JOBS = 25_000
SAMPLE_SECONDS = 300
"""The sample contains jobs that ended within this time, at most the last SAMPLE_JOBS jobs."""

# A job that its own transaction began was never claimed, and a job may be cancelled while it waits again. They have no delay: a
# null, which percentile_disc ignores. With zeros for them, half of the jobs of a tenant's runs would hide the delay of the others.
RECENT = """
SELECT j.tenant_id, count(*)::int, percentile_disc(0.95) WITHIN GROUP (ORDER BY j.delay)
FROM (
    SELECT tenant_id, CASE WHEN claimed_at >= due_at THEN extract(epoch FROM claimed_at - due_at)::float8 END AS delay FROM outbox_job
    WHERE NOT open AND finished_at > now() - make_interval(secs => %(seconds)s) ORDER BY finished_at DESC LIMIT %(jobs)s
) j GROUP BY j.tenant_id
"""
FIRST_DUE = """
SELECT w.id, coalesce(l.weight, 1), o.due_at FROM unnest(%(ids)s::uuid[]) AS w (id)
LEFT JOIN outbox_lane l ON l.tenant_id = w.id
LEFT JOIN LATERAL (
    SELECT j.due_at FROM outbox_job j
    WHERE j.tenant_id = w.id AND j.open AND j.due_at <= now() AND j.state IN ('pending', 'dispatched') ORDER BY j.due_at LIMIT 1
) o ON true
"""


@dataclass(frozen=True)
class FairnessRow:
    """One tenant's share of the workers' time. Only jobs that ended recently are counted."""

    id: uuid.UUID
    external_id: str
    slug: str
    weight: int
    share: float
    jobs: int
    oldest_due_at: datetime | None
    start_delay_p95: float | None


@dataclass(frozen=True)
class _Sampled:
    jobs: int
    delay_p95: float | None


def fairness_page(part: Slice) -> Page[FairnessRow]:
    """Return a page of tenants, each with its share of the workers' time."""
    page = tenants_page(part)
    sampled = {tenant_id: _Sampled(*rest) for tenant_id, *rest in fetch(RECENT, _SAMPLE)}
    shares = _shares(sampled)
    lanes = {
        tenant_id: (weight, due_at)
        for tenant_id, weight, due_at in fetch(FIRST_DUE, {"ids": [tenant.id for tenant in page.rows]})
    }
    rows = []
    for tenant in page.rows:
        found, (weight, due_at) = sampled.get(tenant.id, _Sampled(0, None)), lanes[tenant.id]
        share = shares.get(tenant.id, 0.0)
        rows.append(
            FairnessRow(tenant.id, tenant.external_id, tenant.slug, weight, share, found.jobs, due_at, found.delay_p95)
        )
    return Page(rows, page.has_next, page.has_previous)


_SAMPLE = {"seconds": SAMPLE_SECONDS, "jobs": SAMPLE_JOBS}


def _shares(sampled: Mapping[uuid.UUID, _Sampled]) -> dict[uuid.UUID, float]:
    # Jobs count with the cost that workers have measured, or else as JOB_MS.
    measured = costs.read() or {}
    taken = {tenant_id: found.jobs * measured.get(tenant_id, JOB_MS) for tenant_id, found in sampled.items()}
    total = sum(taken.values())
    return {tenant_id: milliseconds / total for tenant_id, milliseconds in taken.items()}
