"""Decides which runs are allowed to start.

The checks have this order: the time limit in the queue, pauses, the concurrency key, and the tenant's budgets. A run
that a budget refuses keeps its place in the queue of its concurrency key.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from automate.budgets import claims as budgets
from automate.budgets.kinds import LockedBudget
from automate.budgets.models import RUN_SLOT, WAITING_RUNS
from automate.kernel.errors import NormalizedError
from automate.outbox.epochs.transitions import RESTORED
from automate.runs import control, states
from automate.runs import hold_queries as holds
from automate.runs.advance import Advance
from automate.runs.concurrency import claims, slots
from automate.runs.concurrency.slots import ConcurrencyKey
from automate.runs.engine import RunEngine
from automate.runs.exceeding import exceeded
from automate.runs.work import HeldRun

BUSY_SECONDS = 0.2
"""Delay of a run while its workflow, rule or tenant is being paused or resumed."""
RESTORED_REASON = "the database was restored while the run was open"


@dataclass(frozen=True)
class RunRefusal:
    """The reason why a run must not start now, and the effect of this refusal on the run."""

    reason: str
    end: str = ""
    """The final state of a run that ends instead of starting. Empty for a run that waits, parked for a cause."""
    error: NormalizedError | None = None
    """The error of a run that ends."""
    cause: str = ""
    after_seconds: float | None = None
    """Seconds until the run is tried again. None if only the end of the cause wakes the run."""


@dataclass
class RunAdmission:
    """The result of one call of ``admit``. The result covers all runs that the caller passed to ``admit``."""

    admitted: set[uuid.UUID] = field(default_factory=set)
    """Runs that may start or resume."""
    refused: dict[uuid.UUID, RunRefusal] = field(default_factory=dict)
    evicted: dict[uuid.UUID, str] = field(default_factory=dict)
    """Started runs of this worker that must give way to newer runs of the same key, each with the reason."""
    woken: bool = False
    """True if other runs became due."""
    metered: Sequence[LockedBudget] | None = None
    """The locked budgets of steps, calls and cost; None if they were not locked."""
    owed: Mapping[LockedBudget, tuple[int, int]] = field(default_factory=dict)
    """For each budget of ``runs``: the amount that the caller has to spend, and the refused amount."""


def admit(
    tenant_id: uuid.UUID,
    runs: Sequence[HeldRun],
    *,
    woken: Sequence[HeldRun] = (),  # started runs that need a run slot to resume
    others: Collection[uuid.UUID] = (),  # further runs that this worker holds
    newborn: bool = False,  # this transaction creates the runs, and may wait for the locks of concurrency keys
    metered: bool = True,  # lock the budgets of steps, calls and cost, too
) -> RunAdmission:
    """Admit queued runs, oldest first. Call this function in the transaction that writes the runs.

    Raises slots.KeysBusyError if another transaction holds the lock of a key.
    """
    admission = RunAdmission()
    for run in runs:
        seconds = run.version.definition.queue_timeout_seconds
        if seconds is not None and run.queued_seconds >= seconds:
            admission.refused[run.id] = _too_late(seconds)
    if not newborn:
        paused = holds.holding(tenant_id, [run.id for run in runs if run.id not in admission.refused])
        admission.refused.update((run_id, _paused(what)) for run_id, what in paused.items())
    _admit_to_keys(tenant_id, [run for run in runs if run.id not in admission.refused], others, admission, wait=newborn)
    left = [run for run in runs if run.id not in admission.refused]
    awaited = {run.id for run in left if run.parent_step_id is not None}
    spent = budgets.admit(
        tenant_id,
        [run.id for run in left],
        awaited=awaited,
        woken=sorted(run.id for run in woken),
        newborn=newborn,
        workflows=lambda: {run.id: str(run.version.workflow_id) for run in left},
        owes=True,
        metered=metered,
    )
    admission.admitted.update(spent.admitted)
    admission.metered, admission.owed = spent.metered, spent.owed
    admission.refused.update((run_id, _over_budget(refusal)) for run_id, refusal in spent.refused.items())
    return admission


def refuse(this: Advance, refusal: RunRefusal) -> None:
    """If ``refusal`` has a final state, move the run to this state. Otherwise let the run wait.

    A run waits at most ``queue_timeout_seconds``.
    """
    if refusal.end:
        this.move_run(refusal.end, refusal.reason, None if refusal.error is None else refusal.error.as_json())
        return
    seconds, most = refusal.after_seconds, this.run.version.definition.queue_timeout_seconds
    if most is not None:
        left = most - this.run.queued_seconds
        seconds = left if seconds is None else min(seconds, left)
    this.release(seconds, refusal.cause)
    this.waits_for = refusal.reason


def postpone(this: Advance, refusal: RunRefusal, now: float) -> None:
    run = this.run
    left = run.remaining_seconds(now)
    seconds = refusal.after_seconds
    if left > 0:
        seconds = left if seconds is None else min(seconds, left)
    if run.state == states.RUNNING:
        this.move_run(states.WAITING, refusal.reason)
    elif run.state == states.WAITING:
        this.waits_for = refusal.reason
    this.release(seconds, refusal.cause)


def evict(this: Advance, reason: str) -> None:
    if this.run.state not in {states.CANCELLING, *states.RUN_FINAL}:
        this.run.reason = reason
        this.move_run(states.CANCELLING, reason)


def stop_restored(this: Advance, engine: RunEngine) -> None:
    # It starts nothing until an operator releases it.
    for step in list(this.run.in_state(states.RUNNING)):
        engine.resume(this, step)
    if this.run.state != states.CANCELLING:
        this.move_run(states.PAUSED, RESTORED_REASON)
    this.release(None, RESTORED)


def _admit_to_keys(
    tenant_id: uuid.UUID,
    runs: Sequence[HeldRun],
    others: Collection[uuid.UUID],
    admission: RunAdmission,
    *,
    wait: bool,
) -> None:
    keyed: list[tuple[HeldRun, ConcurrencyKey]] = []
    for run in runs:
        try:
            key = slots.key_of(tenant_id, run)
        except NormalizedError as error:
            admission.refused[run.id] = RunRefusal(error.code, states.FAILED, error)
        else:
            if key is not None:
                keyed.append((run, key))
    if not keyed:
        return
    slots.lock({key.digest for _, key in keyed}, wait=wait)
    arrived = claims.arrive([slots.as_arrival(run, key) for run, key in keyed])
    displacing = {key.digest for run, key in keyed if run.id in arrived and _strategy(run) == "cancel_in_progress"}
    if displacing:
        _displace(tenant_id, displacing, {run.id: key for run, key in keyed}, others, admission)
    mine = [run.id for run, _ in keyed]
    admission.woken |= slots.hand_over({key.digest for _, key in keyed}, in_hand=mine)
    places = claims.read_positions(mine)
    for run, key in keyed:
        place = places.get(run.id)
        if run.id in admission.refused or (place is not None and place.held):
            continue
        if _strategy(run) == "cancel_newest" and place is not None:
            reason = f"the key {key.shown} is held by run {place.holder}"
            admission.refused[run.id] = RunRefusal(reason, states.CANCELLED)
        else:
            admission.refused[run.id] = RunRefusal(f"waiting for a run of the key {key.shown}", cause=claims.KEY)


def _displace(
    tenant_id: uuid.UUID,
    digests: Collection[str],
    mine: dict[uuid.UUID, ConcurrencyKey],
    others: Collection[uuid.UUID],
    admission: RunAdmission,
) -> None:
    # For example, a key with three slots keeps its three newest runs.
    strangers: dict[uuid.UUID, list[uuid.UUID]] = {}
    for run_id, newest in claims.outnumbered(digests).items():
        reason = _displaced_by(newest)
        if run_id in mine:
            admission.refused[run_id] = RunRefusal(reason, states.CANCELLED)
        elif run_id in others:
            admission.evicted[run_id] = reason
        else:
            strangers.setdefault(newest, []).append(run_id)
    if strangers:
        # Lock budgets before the jobs of other runs: a process that passes slots on holds the budget and waits for such jobs.
        budgets.lock(tenant_id, list(mine))
    for newest, run_ids in strangers.items():
        control.cancel(run_ids, _displaced_by(newest))
        admission.woken = True
    refused = [run_id for run_id in mine if run_id in admission.refused]
    if refused:
        claims.leave(refused)


def _displaced_by(newest: uuid.UUID) -> str:
    return f"the newer run {newest} with the same concurrency key replaces this run"


def _strategy(run: HeldRun) -> str:
    concurrency = run.version.definition.concurrency
    return "" if concurrency is None else concurrency.strategy


def _paused(what: str) -> RunRefusal:
    if what == holds.BUSY:
        return RunRefusal("its workflow, rule or tenant is being paused or resumed", after_seconds=BUSY_SECONDS)
    if what == holds.TENANT:
        return RunRefusal("waiting for its tenant, which is paused", after_seconds=0)
    return RunRefusal(f"waiting for its {what}, which is paused", cause=what)


def _too_late(seconds: float) -> RunRefusal:
    error = NormalizedError(
        "QUEUE_TIMED_OUT",
        f"The run did not start within its queue_timeout_seconds of {seconds:g}. It waited for runs of the same "
        "concurrency key, for a budget or for free workers. Raise queue_timeout_seconds, or remove the cause.",
        details={"queue_timeout_seconds": seconds},
    )
    return RunRefusal("queue timed out", states.TIMED_OUT, error)


def _over_budget(refusal: budgets.BudgetRefusal) -> RunRefusal:
    if refusal.metric == RUN_SLOT:
        return RunRefusal("waiting for a run slot", cause=RUN_SLOT, after_seconds=refusal.after_seconds)
    name = refusal.budget or refusal.metric
    if not refusal.rejects:
        kind = "limit" if refusal.metric == WAITING_RUNS else "budget"
        return RunRefusal(f"waiting for the {kind} {name}", cause=refusal.metric, after_seconds=refusal.after_seconds)
    return RunRefusal(f"budget {name} is used up", states.FAILED, exceeded(name, refusal.metric))
