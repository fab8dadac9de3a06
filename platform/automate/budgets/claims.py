"""Spends budgets in the transaction that claims jobs.

One statement locks the row of a budget. The NEXT statement counts the budget's use. A single statement
would count rows that became outdated while the statement waited for the lock.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from automate.audit.tallies import TalliedAction, record_counted
from automate.budgets import transitions as slots
from automate.budgets.kinds import CONCURRENT_RUNS, METERED, RUNS, LockedBudget
from automate.budgets.models import REJECT, RUN_SLOT, WAITING_RUNS
from automate.budgets.spending.claims import BudgetRow, counted_budget
from automate.budgets.spending.transitions import Crossing, spend
from automate.budgets.windows import RESETS, STARTED, USED, shown
from automate.kernel.limits import LIMITS
from automate.kernel.metrics import BUDGET_REFUSALS
from automate.kernel.sql import fetch


@dataclass(frozen=True)
class BudgetRefusal:
    """The reason why a run cannot start or resume."""

    metric: str
    """The metric of the full budget, ``waiting_runs`` for the platform's limit, or ``run_slot`` for a started run."""
    rejects: bool
    """Whether the run fails. Otherwise it waits."""
    after_seconds: float | None
    """Seconds until there is room; None if a run must end or park first."""
    budget: str = ""
    """The budget's name in words."""


RESUMES_LATER = BudgetRefusal(RUN_SLOT, rejects=False, after_seconds=300.0)
"""A free slot is passed to a waiting run. The run still asks again after five minutes, because an earlier release of the
platform, which can run beside this one during an upgrade, passes no slots on.
"""


@dataclass
class BudgetAdmission:
    """The outcome of ``admit``: the runs that can start or resume, and the refused runs."""

    admitted: list[uuid.UUID] = field(default_factory=list)
    """Runs that may start or resume, in the given order."""
    refused: dict[uuid.UUID, BudgetRefusal] = field(default_factory=dict)
    crossings: list[Crossing] = field(default_factory=list)
    """Thresholds that budgets reached."""
    metered: list[LockedBudget] | None = None
    """The locked budgets of steps, calls and cost; None if they were not locked."""
    owed: dict[LockedBudget, tuple[int, int]] = field(default_factory=dict)
    """For each budget of ``runs``: the amount that the caller still has to spend, and the amount that was refused."""


# A past window counts as empty. If each run already holds its slot and none is to start, nothing is locked and no row
# is returned.
LOCK = f"""
SELECT id, metric, "window", scope, scope_label, "limit", action, {USED},
       extract(epoch FROM {RESETS} - now()), {STARTED},
       ARRAY(SELECT holder_id FROM budget_slot WHERE holder_id = ANY (%(may_hold)s) AND working)
FROM (SELECT * FROM budget WHERE tenant_id = %(tenant)s AND metric = ANY (%(metrics)s)
        AND (%(begins)s OR metric = ANY (%(metered)s) OR (SELECT count(*) FROM budget_slot WHERE holder_id = ANY (%(may_hold)s) AND working) < %(asking)s)
      ORDER BY {slots.LOCK_ORDER} FOR UPDATE) b
"""
Workflows = Callable[[], Mapping[uuid.UUID, str]]


def admit(
    tenant_id: uuid.UUID,
    run_ids: Sequence[uuid.UUID],  # runs that have not started
    *,
    awaited: Collection[uuid.UUID] = frozenset(),  # those for which another run waits; they may exceed `waiting_runs`
    woken: Sequence[uuid.UUID] = (),  # started runs that want to resume; they get slots first
    newborn: bool = False,  # this transaction creates the runs, so they have no slot yet
    workflows: Workflows = dict,  # returns the workflow of each run
    owes: bool = False,  # the caller spends `BudgetAdmission.owed` later in the transaction
    metered: bool = True,  # lock the budgets of steps, calls and cost, too
) -> BudgetAdmission:
    """Charge runs to the tenant's budgets ``runs`` and ``concurrent_runs``, oldest run first, until a budget is full."""
    admission = BudgetAdmission()
    if not run_ids and not woken:
        return admission
    budgets = lock(tenant_id, run_ids, woken=woken, newborn=newborn, metered=metered)
    candidates, counted = list(run_ids), [counted_budget(row) for row in budgets if row.metric == RUNS]
    admission.metered = [counted_budget(row) for row in budgets if row.metric in METERED] if metered else None
    of: Mapping[uuid.UUID, str] | None = None
    held_by: Mapping[LockedBudget, int] = {}
    if counted and candidates:
        of = workflows() if any(budget.scope for budget in counted) else None
        candidates, held_by = _refuse_runs(counted, candidates, of, admission)
    going = [*woken, *candidates]
    for row in budgets:
        if row.metric == CONCURRENT_RUNS and going:
            admission.refused |= _slots_for(
                tenant_id, going, woken, awaited, set(row.holders or ()), row.limit, rejects=row.action == REJECT
            )
    if counted and run_ids:
        if admission.refused:
            candidates = [run_id for run_id in candidates if run_id not in admission.refused]
        owed = {budget: (_count(candidates, budget.scope, of), held_by.get(budget, 0)) for budget in counted}
        if owes:
            admission.owed = owed
        else:
            admission.crossings = spend(
                {budget.id: spent for budget, (spent, _) in owed.items()},
                {budget.id: refused for budget, (_, refused) in owed.items() if refused},
            )
    for refusal in admission.refused.values():
        BUDGET_REFUSALS.labels(refusal.metric, "reject" if refusal.rejects else "wait").inc()
    for metric, times in Counter(refusal.metric for refusal in admission.refused.values() if refusal.rejects).items():
        act = TalliedAction(
            "budget.reject", tenant_id, reason=metric, object_kind="budget", object_id=metric, object_label=metric
        )
        record_counted(act, times)
    admission.admitted = [run_id for run_id in going if run_id not in admission.refused]
    return admission


def _count(run_ids: Sequence[uuid.UUID], scope: str, workflows: Mapping[uuid.UUID, str] | None) -> int:
    if not scope or workflows is None:
        return len(run_ids)
    return sum(workflows.get(run_id) == scope for run_id in run_ids)


def _refuse_runs(
    counted: Sequence[LockedBudget],
    candidates: Sequence[uuid.UUID],
    workflows: Mapping[uuid.UUID, str] | None,
    admission: BudgetAdmission,
) -> tuple[list[uuid.UUID], Counter[LockedBudget]]:
    # A run spends from all its budgets or from none. `workflows` is None if every budget counts all runs.
    held_by: Counter[LockedBudget] = Counter()
    if workflows is None:
        least = min((budget for budget in counted if budget.room is not None), key=_room, default=None)
        if least is None or least.room is None or least.room >= len(candidates):
            return list(candidates), held_by
        refusal = _over(least)
        held_by[least] = len(candidates) - least.room
        admission.refused.update(dict.fromkeys(candidates[least.room :], refusal))
        return list(candidates[: least.room]), held_by
    rooms = {budget: budget.room for budget in counted if budget.room is not None}
    kept = []
    for run_id in candidates:
        mine = [budget for budget in rooms if budget.scope in {"", workflows.get(run_id)}]
        full = next((budget for budget in mine if rooms[budget] <= 0), None)
        if full is not None:
            held_by[full] += 1
            admission.refused[run_id] = _over(full)
            continue
        kept.append(run_id)
        for budget in mine:
            rooms[budget] -= 1
    return kept, held_by


def _room(budget: LockedBudget) -> int:
    return budget.room or 0


def _over(budget: LockedBudget) -> BudgetRefusal:
    return BudgetRefusal(
        RUNS, budget.rejects, budget.ends, shown(budget.metric, budget.window, budget.label, budget.scope)
    )


def lock(
    tenant_id: uuid.UUID,
    run_ids: Sequence[uuid.UUID],
    *,
    woken: Sequence[uuid.UUID] = (),
    newborn: bool = False,
    metered: bool = True,
) -> list[BudgetRow]:
    """Lock the budgets that ``admit`` needs."""
    counted = list(METERED) if metered else []
    parameters = {
        "tenant": tenant_id,
        "metrics": [*counted, CONCURRENT_RUNS, *([RUNS] if run_ids else ())],
        "metered": counted,
        "may_hold": [*woken, *([] if newborn else run_ids)],
        "begins": bool(run_ids),
        "asking": len(woken),
    }
    return [BudgetRow._make(row) for row in fetch(LOCK, parameters)]


def _slots_for(  # noqa: PLR0917 - the columns of a budget's row
    tenant_id: uuid.UUID,
    going: Sequence[uuid.UUID],
    woken: Sequence[uuid.UUID],
    awaited: Collection[uuid.UUID],
    holders: Collection[uuid.UUID],
    limit: int,
    *,
    rejects: bool,
) -> dict[uuid.UUID, BudgetRefusal]:
    begun = set(woken)
    asking = [run_id for run_id in going if run_id not in holders]
    first = [run_id for run_id in asking if run_id in begun or run_id in awaited]
    fresh = [run_id for run_id in asking if run_id not in begun and run_id not in awaited]
    refused: dict[uuid.UUID, BudgetRefusal] = {}
    if asking:
        held = slots.hold(tenant_id, first, fresh, limit)
        late = BudgetRefusal(CONCURRENT_RUNS, rejects=False, after_seconds=None)
        crowded = held.places == 0 and not (rejects and held.slots == 0)
        new = (
            BudgetRefusal(WAITING_RUNS, rejects=False, after_seconds=None)
            if crowded
            else BudgetRefusal(CONCURRENT_RUNS, rejects, None)
        )
        for run_id in asking:
            if run_id not in held.holders:
                refused[run_id] = RESUMES_LATER if run_id in begun else late if run_id in awaited else new
    handed = [run_id for run_id in going if run_id in holders and run_id not in begun and run_id not in awaited]
    if handed:
        above = slots.begun(tenant_id) - LIMITS.waiting_runs
        crowding = handed[max(0, len(handed) - above) :] if above > 0 else []
        if crowding:
            slots.release(tenant_id, (), unbegun=crowding)
            refused.update(dict.fromkeys(crowding, BudgetRefusal(WAITING_RUNS, rejects=False, after_seconds=None)))
    return refused


def share(tenant_id: uuid.UUID) -> None:
    """Ensure that no other transaction parks a run that needs a run slot.

    Call ``share`` before you lock jobs of other runs.
    """
    slots.share(tenant_id)


def wake_released(tenant_id: uuid.UUID, room: Mapping[str, int | None]) -> int:
    """Wake runs that wait for a released amount of a budget. Returns the number of woken jobs.

    ``room`` maps each metric to the number of runs to wake, or to None for all waiting runs.
    """
    slots.share(tenant_id)
    return sum(slots.wake(tenant_id, metric, count) for metric, count in room.items())


def release(
    tenant_id: uuid.UUID,
    ended: Sequence[uuid.UUID],
    *,
    parked: Sequence[uuid.UUID] = (),
    unbegun: Sequence[uuid.UUID] = (),
) -> int:
    """Release the run slots of these runs, and give the slots to waiting runs. Returns the number of woken jobs."""
    return slots.release(tenant_id, ended, parked=parked, unbegun=unbegun)
