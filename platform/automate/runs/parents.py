"""Give waiting steps the outcome of their wait: an event has arrived, or their child run has ended."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.errors import Json
from automate.outbox import transitions as jobs
from automate.runs import loaded_queries
from automate.runs.flow import child_failed
from automate.runs.waits import transitions as waits

Outcomes = dict[uuid.UUID, Json]


def notify(outcomes: Outcomes) -> None:
    """Store the outcomes of waits, and wake the runs that wait. Requires a transaction. The caller wakes the relay
    after the commit.
    """
    job_ids = waits.resolve(outcomes)
    if job_ids:
        jobs.wake(job_ids)


def notify_parents(run_ids: Sequence[uuid.UUID], state: str, words: str) -> None:
    """Notify the steps that wait for these runs, because these runs have ended. Used if no worker holds the ended
    runs.
    """
    waiting = loaded_queries.parents_of(run_ids)
    if waiting:
        notify({step_id: {"error": child_failed(run_id, state, words)} for run_id, step_id in waiting.items()})
