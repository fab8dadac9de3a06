"""The actor of ``event.reindex``: indexes stored events by changed search keys, one chunk at a time."""

from __future__ import annotations

import uuid

import dramatiq

from actors.crew import crew
from automate.runs.indexing import index_events as begin


@dramatiq.actor
def index_events(tenant_id: str, job_ids: list[str]) -> None:
    crew.take(uuid.UUID(tenant_id), [uuid.UUID(job_id) for job_id in job_ids], begin)
