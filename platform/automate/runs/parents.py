"""Stores outcomes for waiting steps, and wakes the runs of these steps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.outbox import transitions as jobs
from automate.runs import loaded_queries
from automate.runs.flow import child_failed
from automate.runs.waits import transitions as waits

Outcomes = Mapping[uuid.UUID, Mapping[str, object]]
"""The ``{output}`` or ``{error}`` of each wait. Values can be JSON text."""


def notify(outcomes: Outcomes) -> None:
    """Store the outcomes of waits, and wake the waiting runs. Requires a transaction.

    The caller wakes the relay after the commit.
    """
    job_ids = waits.resolve(outcomes)
    if job_ids:
        jobs.wake(job_ids)


def notify_parents(run_ids: Sequence[uuid.UUID], state: str, words: str) -> None:
    # Used if no worker holds the ended runs.
    waiting = loaded_queries.parents_of(run_ids)
    if waiting:
        notify({step_id: {"error": child_failed(run_id, state, words)} for run_id, step_id in waiting.items()})
