"""The actor of ``rule.window``: processes the due windows of rules."""

from __future__ import annotations

import uuid

import dramatiq

from actors.crew import crew
from automate.runs.windows.timers import close_windows as begin


@dramatiq.actor
def close_windows(tenant_id: str, job_ids: list[str]) -> None:
    crew.take(uuid.UUID(tenant_id), [uuid.UUID(job_id) for job_id in job_ids], begin)
