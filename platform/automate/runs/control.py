"""What people, and runs that end, do to runs under way: cancel, pause, resume. Whoever holds a run is told by a signal.

The jobs are locked first, as a worker does it: the order of these locks decides whether a cancel or an end came first.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.budgets import claims as budgets
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction
from automate.outbox import transitions as jobs
from automate.runs import parents, slots, states, transitions
from automate.runs.transitions import OpenRun

CANCELLABLE = frozenset({states.QUEUED, states.RUNNING, states.WAITING, states.PAUSED})
PAUSABLE = frozenset({states.QUEUED, states.RUNNING, states.WAITING})


def cancel(run_ids: Sequence[uuid.UUID], reason: str, *, wait: bool = True) -> list[uuid.UUID]:
    """Cancel runs. One that has not started ends at once; any other is ``cancelling`` until its calls have ended and its
    compensations are made. Returns those that it was news to. Requires a transaction; wake the relay after its commit.

    wait: for the locks of their concurrency keys. False in a transaction that holds jobs: it begins anew where one is
    taken, see ``slots.KeysBusyError``.
    """
    require_transaction()
    slots.lock_of(run_ids, wait=wait)
    found = transitions.lock_open(run_ids, CANCELLABLE)
    unstarted = [run for run in found if not run.started and not run.held]
    begun = [run for run in found if run.started or run.held]
    if unstarted:
        jobs.cancel(_jobs(unstarted))
        ended = transitions.move_runs(_ids(unstarted), states.CANCELLED, reason)
        budgets.release(current_tenant().id, ended)
        slots.release(ended, wait=wait)
        parents.tell_parents(ended, states.CANCELLED, reason)
    if begun:
        jobs.tell(_jobs(begun), jobs.CANCEL)
        transitions.move_runs(_ids(begun), states.CANCELLING, reason)
    return _ids(found)


def pause(run_ids: Sequence[uuid.UUID], reason: str) -> list[uuid.UUID]:
    """Let runs start nothing more; calls under way end first, and time-outs go on counting. Returns those that were under
    way. Requires a transaction.
    """
    require_transaction()
    found = transitions.lock_open(run_ids, PAUSABLE)
    unheld = [run for run in found if not run.held]
    held = [run for run in found if run.held]
    if unheld:
        jobs.park({run.job_id: run.deadline for run in unheld}, states.PAUSED)
        transitions.move_runs(_ids(unheld), states.PAUSED, reason)
    if held:
        jobs.tell(_jobs(held), jobs.PAUSE)
    return _ids(found)


def resume(run_ids: Sequence[uuid.UUID], reason: str) -> list[uuid.UUID]:
    """Let paused runs go on, and those that were told to pause and have not yet. Returns those that were paused or told so.
    Requires a transaction; wake the relay after its commit.
    """
    require_transaction()
    locked = transitions.lock_open(run_ids, PAUSABLE | {states.PAUSED})
    pausing = jobs.untell_pause(_jobs(locked)) if locked else set()
    told = [run for run in locked if run.job_id in pausing and run.state != states.PAUSED]
    found = [run for run in locked if run.state == states.PAUSED]
    for state, runs in (
        (states.RUNNING, [r for r in found if r.started]),
        (states.QUEUED, [r for r in found if not r.started]),
    ):
        if runs:
            transitions.move_runs(_ids(runs), state, reason)
    if found:
        jobs.tell(_jobs(found), jobs.WAKE)
    return _ids([*found, *told])


def _ids(runs: Sequence[OpenRun]) -> list[uuid.UUID]:
    return [run.id for run in runs]


def _jobs(runs: Sequence[OpenRun]) -> list[uuid.UUID]:
    return [run.job_id for run in runs]
