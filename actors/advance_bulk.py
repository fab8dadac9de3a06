"""The actor of ``bulk.advance``: processes the next chunk of bulk operations."""

from __future__ import annotations

import uuid

import dramatiq

from actors.crew import crew
from automate.recovery.bulk.chunks import advance_bulk as begin


@dramatiq.actor
def advance_bulk(tenant_id: str, job_ids: list[str]) -> None:
    crew.take(uuid.UUID(tenant_id), [uuid.UUID(job_id) for job_id in job_ids], begin)
