"""Cancels, pauses and resumes open runs. A signal notifies the worker of a run.

This module locks jobs before other rows, as workers do. If a run is cancelled while it ends, the first lock wins.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.budgets import claims as budgets
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction
from automate.outbox import transitions as jobs
from automate.runs import hold_queries as holds
from automate.runs import parents, states, transitions
from automate.runs.concurrency import slots
from automate.runs.pauses import transitions as pauses
from automate.runs.transitions import OpenRun
from automate.runs.windows import transitions as windows

PAUSABLE = frozenset({states.QUEUED, states.RUNNING, states.WAITING})


def cancel(run_ids: Sequence[uuid.UUID], reason: str, *, wait: bool = True) -> list[uuid.UUID]:
    """Cancel runs. A queued run ends at once. A started run first ends its calls and compensations.

    Returns the newly cancelled runs. Requires a transaction. Wake the relay after the commit.
    """
    require_transaction()
    slots.lock_of(run_ids, wait=wait)
    budgets.share(current_tenant().id)
    found = transitions.lock_open(run_ids, states.RUN_UNDER_WAY)
    unstarted = [run for run in found if not run.started and not run.held]
    begun = [run for run in found if run.started or run.held]
    if unstarted:
        jobs.cancel(_jobs(unstarted))
        ended = transitions.move_runs(_ids(unstarted), states.CANCELLED, reason)
        budgets.release(current_tenant().id, ended)
        slots.release(ended, wait=wait)
        parents.notify_parents(ended, states.CANCELLED, reason)
    if begun:
        jobs.signal(_jobs(begun), jobs.CANCEL)
        transitions.move_runs(_ids(begun), states.CANCELLING, reason)
    return _ids(found)


def pause(run_ids: Sequence[uuid.UUID], reason: str) -> list[uuid.UUID]:
    """Pause runs. A paused run starts nothing more. Its calls in flight are not stopped. Its timeouts continue to count.

    Returns the newly paused runs. Requires a transaction.
    """
    require_transaction()
    budgets.share(current_tenant().id)
    found = transitions.lock_open(run_ids, PAUSABLE | {states.PAUSED})
    news = pauses.hold(_ids(found), reason)
    _stop([run for run in found if run.state != states.PAUSED], reason)
    return [run.id for run in found if run.id in news or run.state != states.PAUSED]


def resume(run_ids: Sequence[uuid.UUID], reason: str) -> list[uuid.UUID]:
    """Resume paused runs. A run of a paused workflow stays paused.

    Returns the runs that were paused. Requires a transaction. The caller must wake the relay after the commit.
    """
    require_transaction()
    holds.share_workflows(run_ids)
    locked = transitions.lock_open(run_ids, PAUSABLE | {states.PAUSED})
    freed = pauses.let_go(_ids(locked))
    went_on = _go_on(locked, reason)
    return [run.id for run in locked if run.id in freed or run.id in went_on]


def stop(run_ids: Sequence[uuid.UUID], reason: str) -> list[uuid.UUID]:
    """Pause the runs of a workflow, and return the runs that are open.

    Call this function in the transaction that pauses the workflow.
    """
    require_transaction()
    budgets.share(current_tenant().id)
    locked = transitions.lock_open(run_ids, PAUSABLE)
    queued = windows.in_turn(_ids(locked))
    found = [run for run in locked if run.id not in queued]
    _stop(found, reason)
    return _ids(found)


def go_on(run_ids: Sequence[uuid.UUID], reason: str) -> set[uuid.UUID]:
    """Resume the runs of a workflow. Returns the resumed runs. The caller must wake the relay after the commit."""
    require_transaction()
    return _go_on(transitions.lock_open(run_ids, PAUSABLE | {states.PAUSED}), reason)


def release(locked: Sequence[OpenRun], reason: str) -> None:
    """Resume the runs that a restore of the database had held. The caller must wake the relay after the commit."""
    require_transaction()
    _go_on([run for run in locked if run.state != states.CANCELLING], reason)
    jobs.signal([run.job_id for run in locked if run.state == states.CANCELLING], jobs.WAKE)


def _stop(runs: Sequence[OpenRun], reason: str) -> None:
    unheld = [run for run in runs if not run.held]
    if unheld:
        queued = windows.in_turn(_ids(unheld))
        jobs.park({run.job_id: run.deadline for run in unheld if run.id not in queued}, states.PAUSED)
        transitions.move_runs(_ids(unheld), states.PAUSED, reason)
        # They may hold a slot that was passed on to them, or one that a lost worker left.
        started = [run.id for run in unheld if run.started]
        budgets.release(current_tenant().id, (), parked=started, unbegun=[run.id for run in unheld if not run.started])
    # A worker that holds one of them reads it again, and finds the hold.
    jobs.signal([run.job_id for run in runs if run.held], jobs.WAKE)


def _go_on(locked: Sequence[OpenRun], reason: str) -> set[uuid.UUID]:
    held = holds.held(_ids(locked))
    free = [run for run in locked if run.id not in held]
    paused = [run for run in free if run.state == states.PAUSED]
    for state, runs in (
        (states.RUNNING, [run for run in paused if run.started]),
        (states.QUEUED, [run for run in paused if not run.started]),
    ):
        if runs:
            transitions.move_runs(_ids(runs), state, reason)
    # Includes runs in hand that have not reached their pause yet. Throttled runs are released only by their queue.
    queued = windows.in_turn(_ids(paused))
    signalled = [run for run in free if run.held or run.state == states.PAUSED]
    jobs.signal([run.job_id for run in signalled if run.id not in queued], jobs.WAKE)
    return set(_ids(paused))


def _ids(runs: Sequence[OpenRun]) -> list[uuid.UUID]:
    return [run.id for run in runs]


def _jobs(runs: Sequence[OpenRun]) -> list[uuid.UUID]:
    return [run.job_id for run in runs]
