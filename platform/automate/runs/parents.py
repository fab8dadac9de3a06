"""Word to the steps that wait: what their waits came to, and the ends of the runs that they await."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.errors import Json
from automate.outbox import transitions as jobs
from automate.runs import transitions
from automate.runs.flow import child_failed
from automate.runs.waits import transitions as waits

Outcomes = dict[uuid.UUID, Json]


def tell(outcomes: Outcomes) -> None:
    """Say what waits came to, and let their runs go on. Requires a transaction; wake the relay after its commit."""
    job_ids = waits.resolve(outcomes)
    if job_ids:
        jobs.wake(job_ids)


def tell_parents(run_ids: Sequence[uuid.UUID], state: str, words: str) -> None:
    """Runs that ended without being in hand: who awaits them goes on."""
    waiting = transitions.parents_of(run_ids)
    if waiting:
        tell({step_id: {"error": child_failed(run_id, state, words)} for run_id, step_id in waiting.items()})
