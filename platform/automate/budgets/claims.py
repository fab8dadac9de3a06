"""Budgets are spent inside the claim's transaction: the counter row is locked first, and counted in the NEXT statement.

Counting in the locking statement itself lets racers see the count from before their wait.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from automate.budgets.models import CONCURRENT_RUNS, REJECT, RUNS, WAITING_RUNS
from automate.kernel.limits import LIMITS
from automate.kernel.metrics import BUDGET_REFUSALS
from automate.kernel.sql import execute, fetch
from automate.outbox.claims import unpark

PARKING = 0x7061726B
"""The first half of an advisory lock's key; the second is the tenant."""


@dataclass(frozen=True)
class Refusal:
    """metric: the budget's, or ``waiting_runs`` for the limit. rejects: the run fails instead of waiting. after_seconds: when there is room again; None: when a run ends."""

    metric: str
    rejects: bool
    after_seconds: float | None


@dataclass
class Admission:
    """admitted: the runs that may start, in the order they were asked for. refused: why the others may not."""

    admitted: list[uuid.UUID] = field(default_factory=list)
    refused: dict[uuid.UUID, Refusal] = field(default_factory=dict)


# A window that has passed counts from nothing. now() is when the transaction began: whoever waited for the lock across
# the turn of a window spends from the new one, which it must not move back.
LOCK = """
SELECT id, metric, "limit", action, CASE WHEN "window" = 'always' OR window_start >= start THEN used ELSE 0 END, ends
FROM (SELECT b.*, CASE WHEN "window" <> 'always' THEN date_trunc("window", now(), 'UTC') END AS start,
             CASE WHEN "window" <> 'always'
                  THEN extract(epoch FROM date_trunc("window", now(), 'UTC') + ('1 ' || "window")::interval - now()) END AS ends
      FROM budget b WHERE tenant_id = %s AND metric = ANY (%s) ORDER BY id FOR UPDATE) locked
"""
HOLD = """
INSERT INTO budget_slot (holder_id, tenant_id)
SELECT holder, %(tenant)s FROM unnest(%(holders)s::uuid[]) WITH ORDINALITY AS h (holder, place)
WHERE place <= %(limit)s - (SELECT count(*) FROM budget_slot WHERE tenant_id = %(tenant)s)
RETURNING holder_id
"""
SPEND = """
UPDATE budget
SET used = CASE WHEN window_start >= date_trunc("window", now(), 'UTC') THEN used ELSE 0 END + %(spent)s,
    window_start = greatest(window_start, date_trunc("window", now(), 'UTC'))
WHERE id = %(budget)s
  AND CASE WHEN window_start >= date_trunc("window", now(), 'UTC') THEN used ELSE 0 END + %(spent)s <= "limit"
"""
# Nobody may park a run while another one's end is on its way, lest its wake-up looks too early: who parks holds this lock
# alone, who ends runs shares it. So ends wait for nothing but the rare transaction that parks.
PARK = f"SELECT pg_advisory_xact_lock({PARKING}, hashtext(%s))"
RELEASE = f"""
WITH gone AS (DELETE FROM budget_slot WHERE holder_id = ANY (%(holders)s))
SELECT pg_advisory_xact_lock_shared({PARKING}, hashtext(%(tenant)s))
"""


def admit(
    tenant_id: uuid.UUID, run_ids: Sequence[uuid.UUID], *, guests: Collection[uuid.UUID] = frozenset()
) -> Admission:
    """Spend the tenant's ``runs`` and ``concurrent_runs`` budgets on as many of the runs as they allow, first come first.

    guests: those of them that another run awaits. They go on in its place and hold none of their own: else runs that wait
    could hold every slot that what they wait for needs.

    However large the latter is, no more go on at once than the limit ``waiting_runs`` says: see
    docs/decisions/limits-are-fixed.md.
    """
    admission = Admission()
    if not run_ids:
        return admission
    budgets = [(row[1], row) for row in fetch(LOCK, [tenant_id, [RUNS, CONCURRENT_RUNS]])]
    candidates = list(run_ids)
    for metric, (_, _, limit, action, used, ends) in budgets:
        if metric == RUNS:
            room = max(0, limit - used)
            refusal = Refusal(RUNS, action == REJECT, float(ends))
            admission.refused.update(dict.fromkeys(candidates[room:], refusal))
            candidates = candidates[:room]
    for metric, (_, _, limit, action, _, _) in budgets:
        hosts = [run_id for run_id in candidates if run_id not in guests]
        if metric == CONCURRENT_RUNS and hosts:
            cause, most = (
                (CONCURRENT_RUNS, limit) if limit <= LIMITS.waiting_runs else (WAITING_RUNS, LIMITS.waiting_runs)
            )
            held = _hold(tenant_id, hosts, most)
            if len(held) < len(hosts):
                fetch(PARK, [str(tenant_id)])
                held |= _hold(tenant_id, [run_id for run_id in hosts if run_id not in held], most)
            refusal = Refusal(cause, cause == CONCURRENT_RUNS and action == REJECT, None)
            admission.refused.update({run_id: refusal for run_id in hosts if run_id not in held})
            candidates = [run_id for run_id in candidates if run_id not in admission.refused]
    for metric, (budget_id, *_) in budgets:
        if metric == RUNS and candidates:
            execute(SPEND, {"budget": budget_id, "spent": len(candidates)})
    admission.admitted = candidates
    for refusal in admission.refused.values():
        BUDGET_REFUSALS.labels(refusal.metric, "reject" if refusal.rejects else "wait").inc()
    return admission


def _hold(tenant_id: uuid.UUID, run_ids: Sequence[uuid.UUID], limit: int) -> set[uuid.UUID]:
    return {row[0] for row in fetch(HOLD, {"tenant": tenant_id, "holders": list(run_ids), "limit": limit})}


def release(tenant_id: uuid.UUID, run_ids: Sequence[uuid.UUID]) -> int:
    """Give back the slots of runs that ended, and wake as many parked ones. Returns how many were woken.

    A run that is being parked just now is seen once it has committed. One is woken for each run that ended, not for
    each slot: a run that was woken and ended before it got its slot leaves its turn.
    """
    fetch(RELEASE, {"tenant": str(tenant_id), "holders": list(run_ids)})
    return unpark(tenant_id, [CONCURRENT_RUNS, WAITING_RUNS], len(run_ids))
