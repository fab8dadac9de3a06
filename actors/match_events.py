"""The actor of ``event.match``: decides rules for events and starts runs."""

from __future__ import annotations

import uuid

import dramatiq

from actors.crew import crew
from automate.runs.matching import match_events as begin


@dramatiq.actor
def match_events(tenant_id: str, job_ids: list[str]) -> None:
    crew.take(uuid.UUID(tenant_id), [uuid.UUID(job_id) for job_id in job_ids], begin)
