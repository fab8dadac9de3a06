"""The Dramatiq actor of the worker. The actor receives messages that contain jobs."""

from __future__ import annotations

import uuid

import dramatiq

from actors.pools import POOLS
from automate.outbox.registry import registry

__all__ = ["begin_jobs"]


@dramatiq.actor
def begin_jobs(topic: str, tenant_id: str, job_ids: list[str]) -> None:
    """Queue the jobs of a message. The topic of these jobs determines the thread pool that runs them."""
    declared = registry()[topic]
    POOLS[declared.pool].take(uuid.UUID(tenant_id), [uuid.UUID(job_id) for job_id in job_ids], declared.begin)
