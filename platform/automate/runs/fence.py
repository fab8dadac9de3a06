"""Checks fences before a worker writes its plans."""

from __future__ import annotations

import uuid

from automate.outbox.claims import Fence
from automate.outbox.epochs.transitions import RESTORED
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.engine import RunEngine

RESTORED_REASON = "the database was restored while the run was open"


class SignalledError(Exception):
    """Raised if jobs have new signals. The caller must not write the plans that it made for these jobs."""

    def __init__(self, job_ids: set[uuid.UUID]) -> None:
        super().__init__()
        self.job_ids = job_ids


def held_of(fence: Fence) -> set[uuid.UUID]:
    """Return the jobs that this worker still holds. Raises SignalledError if any of them has a signal."""
    signalled = {job_id for job_id, signals in fence.items() if signals}
    if signalled:
        raise SignalledError(signalled)
    return set(fence)


def stop_restored(this: Advance, rounds: RunEngine) -> None:
    # It starts nothing until an operator releases it.
    run = this.run
    for step in list(run.in_state(states.RUNNING)):
        rounds.resume(this, step)
    if run.state != states.CANCELLING:
        this.move_run(states.PAUSED, RESTORED_REASON)
    this.release(None, RESTORED)
