"""Checks that a worker makes when it writes a plan under the fences of its jobs. If a check fails, the worker discards
the plan.
"""

from __future__ import annotations

import uuid

from automate.outbox.claims import Fence
from automate.outbox.epochs.transitions import RESTORED
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.engine import RunEngine

RESTORED_REASON = "the database was restored while the run was open"


class SignalledError(Exception):
    """Some of these jobs have signals. Their runs were planned before the signals were read, so the plans must not be
    written.
    """

    def __init__(self, job_ids: set[uuid.UUID]) -> None:
        super().__init__()
        self.job_ids = job_ids


def held_of(fence: Fence) -> set[uuid.UUID]:
    """The jobs that this worker still holds. Raises SignalledError if some of them have signals."""
    signalled = {job_id for job_id, signals in fence.items() if signals}
    if signalled:
        raise SignalledError(signalled)
    return set(fence)


def stop_restored(this: Advance, rounds: RunEngine) -> None:
    """Hold a run that was restored with the database. It starts no step, compensation or lookup until an operator
    releases it.
    """
    run = this.run
    for step in list(run.in_state(states.RUNNING)):
        rounds.resume(this, step)
    if run.state != states.CANCELLING:
        this.move_run(states.PAUSED, RESTORED_REASON)
    this.release(None, RESTORED)
