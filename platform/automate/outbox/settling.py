"""Ends jobs whose work succeeded, and releases jobs that have to wait."""

from __future__ import annotations

from collections.abc import Sequence

from automate.outbox import claims
from automate.outbox.claims import JobRelease
from automate.outbox.jobs import ClaimedJob, Fence


def settle(jobs: Sequence[ClaimedJob], again: Sequence[JobRelease]) -> Fence:
    """Release the jobs in ``again``, and mark the other jobs as done. Returns the jobs that this worker still held."""
    waiting = {one.job.id for one in again}
    held = claims.finish([job for job in jobs if job.id not in waiting])
    return held | claims.release(again) if again else held
