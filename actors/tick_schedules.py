"""The actor of ``schedule.tick``: creates the due ticks of schedules."""

from __future__ import annotations

import uuid

import dramatiq

from actors.crew import crew
from automate.triggers.schedules.ticks import tick_schedules as begin


@dramatiq.actor
def tick_schedules(tenant_id: str, job_ids: list[str]) -> None:
    crew.take(uuid.UUID(tenant_id), [uuid.UUID(job_id) for job_id in job_ids], begin)
