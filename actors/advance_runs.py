"""The actor of ``run.advance``: advances queued and waiting runs."""

from __future__ import annotations

import uuid

import dramatiq

from actors.crew import crew
from automate.runs.advance import RunSet


@dramatiq.actor
def advance_runs(tenant_id: str, job_ids: list[str]) -> None:
    crew.take(uuid.UUID(tenant_id), [uuid.UUID(job_id) for job_id in job_ids], RunSet.take)
