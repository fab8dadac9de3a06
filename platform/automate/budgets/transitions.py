"""All SQL that gives, passes on or takes away run slots.

A transaction takes its locks in this order:
1. the jobs that the transaction has claimed
2. the row of the budget, if the transaction admits runs
3. the tenant's parking lock: shared if the transaction releases slots, exclusive if the transaction parks runs
4. other jobs
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from automate.budgets.kinds import CONCURRENT_RUNS, EVENTS
from automate.budgets.models import RUN_SLOT, SLOT_CAUSES, THROTTLE, WAITING_RUNS
from automate.kernel.limits import LIMITS
from automate.kernel.sql import execute, fetch

PARKING = 0x7061726B
"""The first half of an advisory lock's key; the second is the tenant."""
NEW_SHARE = 10
"""If new and started runs wait for slots, one slot in this many goes to a new run. The others go to started runs."""
WAITS = "(j.state = 'pending' AND (j.parked <> '' OR j.due_at > now()))"
"""Condition on a job: its run waits, so it needs no run slot. A job that is due at once keeps its slot until the next claim."""

# Counted in the statement after the lock on the budget's row. ``woken`` and ``fresh`` hold no slot yet.
HOLD = """
WITH free AS (
    SELECT greatest(0, %(limit)s - count(*) FILTER (WHERE working)) AS slots, greatest(0, %(most)s - count(*)) AS places
    FROM budget_slot WHERE tenant_id = %(tenant)s {counted}
), part AS (
    SELECT slots, places, least(%(woken_count)s, slots - least((slots + %(dice)s) / %(share)s, %(fresh_count)s)) AS woken FROM free
), held AS (
    INSERT INTO budget_slot (holder_id, tenant_id, working)
    SELECT holder, %(tenant)s, true FROM unnest(%(woken)s::uuid[]) WITH ORDINALITY AS w (holder, place), part WHERE place <= part.woken
    UNION ALL
    SELECT holder, %(tenant)s, true FROM unnest(%(fresh)s::uuid[]) WITH ORDINALITY AS f (holder, place), part
    WHERE place <= least(part.slots - part.woken, part.places)
    ON CONFLICT (holder_id) DO UPDATE SET working = true
    RETURNING holder_id
)
SELECT slots, places, ARRAY(SELECT holder_id FROM held) FROM free
"""
# Waiting runs are counted only if a run asks to start.
HOLD_WOKEN, HOLD_FRESH = HOLD.format(counted="AND working"), HOLD.format(counted="")
# No process may park a run while a slot is being released; otherwise the wakeup would come too early.
PARK = f"SELECT pg_advisory_xact_lock({PARKING}, hashtext(%s))"
SHARE = f"SELECT pg_advisory_xact_lock_shared({PARKING}, hashtext(%s))"
RELEASE = f"""
WITH gone AS (
    DELETE FROM budget_slot WHERE holder_id = ANY (%(gone)s) RETURNING working
), parked AS (
    UPDATE budget_slot SET working = false WHERE holder_id = ANY (%(parked)s) AND working RETURNING 1
)
SELECT (SELECT count(*) FILTER (WHERE working) FROM gone) + (SELECT count(*) FROM parked),
       pg_advisory_xact_lock_shared({PARKING}, hashtext(%(tenant)s))
"""
WAITERS = """
SELECT cause FROM unnest(%(causes)s::text[]) AS cause
WHERE EXISTS (SELECT 1 FROM outbox_job j WHERE j.tenant_id = %(tenant)s AND j.parked = cause AND j.parked <> '' AND j.state = 'pending')
"""
# Counts this transaction's releases as free. Releases of other transactions count once they are committed.
ROOM = f"""
SELECT coalesce((SELECT min("limit") FROM budget WHERE tenant_id = %(tenant)s AND metric = '{CONCURRENT_RUNS}')
                - (SELECT count(*) FROM budget_slot WHERE tenant_id = %(tenant)s AND working), %(released)s),
       CASE WHEN %(fresh)s THEN %(most)s - (SELECT count(*) FROM budget_slot WHERE tenant_id = %(tenant)s) ELSE 0 END
"""
NEXT = """
    SELECT j.id, j.subject_id FROM outbox_job j
    WHERE j.tenant_id = %(tenant)s AND j.parked = %(cause)s AND j.parked <> '' AND j.state = 'pending'
    ORDER BY j.id LIMIT %(count)s FOR UPDATE
"""
HAND_OVER = """
WITH next AS ({next}), held AS (
    INSERT INTO budget_slot (holder_id, tenant_id, working) SELECT subject_id, %(tenant)s, true FROM next
    ON CONFLICT (holder_id) DO UPDATE SET working = true
)
UPDATE outbox_job j SET due_at = now(), parked = '' FROM next WHERE j.id = next.id
"""
# A long transaction, such as a cancel of thousands of runs, must not delay passing slots on while other runs wait. Only for
# the last waiting runs this waits for locks. Otherwise a heartbeat's short lock would leave a run parked beside a free slot.
HAND_OVER_FREELY = HAND_OVER.format(next=NEXT + "SKIP LOCKED")
HAND_OVER_TO_LOCKED = HAND_OVER.format(next=NEXT)
WAKE = f"WITH next AS ({NEXT}) UPDATE outbox_job j SET due_at = now(), parked = '' FROM next WHERE j.id = next.id"
# A job that another transaction has locked is held by a worker, which asks the budget itself.
WAKE_PARKED = f"WITH next AS ({NEXT} SKIP LOCKED) UPDATE outbox_job j SET due_at = now(), parked = '' FROM next WHERE j.id = next.id"
# The oldest event is due first. An event keeps its place before newer events until a worker claims it.
WAKE_DELAYED = f"""
WITH next AS ({NEXT} SKIP LOCKED), placed AS (SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM next)
UPDATE outbox_job j SET due_at = now() - placed.place * interval '1 microsecond' FROM placed WHERE j.id = placed.id
"""
LOCK_ORDER = "metric <> 'events', metric IN ('steps', 'calls', 'cost'), id"
"""The order of locks on budgets. Budgets of events are locked before events are matched. Budgets of runs are locked when
runs are admitted. Budgets of steps, calls and cost may be locked only later, when they are spent."""
LOCK_BUDGETS = f"SELECT id FROM budget WHERE tenant_id = %s ORDER BY {LOCK_ORDER} FOR UPDATE"
ADDING = 0x62756467
"""The first half of an advisory lock's key; the second is the tenant. The lock protects setting the tenant's budgets,
because a new row cannot be locked. The first half alone is the key for setting budgets of plans."""
GRACE = "interval '10 seconds'"
"""Longer than the transaction that sets a budget. Events that are received beside this transaction were not counted."""
SAVE_BUDGET = f"""
INSERT INTO budget AS b (id, tenant_id, metric, "window", scope, scope_label, "limit", action, used, window_start, resets_at)
SELECT n.id, n.tenant_id, n.metric, n.kind, n.scope, n.label, n."limit", n.action, 0,
       CASE WHEN n.kind = 'always' THEN now() ELSE date_trunc(n.kind, now(), n.zone) END,
       CASE WHEN n.kind <> 'always' THEN automate_window_end(n.kind, now(), n.zone) END
FROM (SELECT %(id)s::uuid AS id, %(tenant)s::uuid AS tenant_id, %(metric)s AS metric, %(window)s AS kind, %(scope)s AS scope,
             %(label)s AS label, %(limit)s::bigint AS "limit", %(action)s AS action,
             (SELECT timezone FROM public.tenant WHERE id = %(tenant)s) AS zone) n
ON CONFLICT (id) DO UPDATE SET "limit" = excluded."limit", action = excluded.action, scope_label = excluded.scope_label,
       own_limit = CASE WHEN excluded."limit" < b.ceiling THEN excluded."limit" END,
       own_action = CASE WHEN b.ceiling IS NULL OR excluded.action = coalesce(nullif(b.ceiling_action, ''), 'throttle') THEN ''
                         ELSE excluded.action END,
       matched_until = CASE WHEN b.metric = '{EVENTS}' AND b.ceiling IS NOT NULL AND b.action = '{THROTTLE}' AND excluded.action <> '{THROTTLE}'
                            THEN clock_timestamp() + {GRACE} ELSE b.matched_until END
"""
# Waiting runs that hold a slot: an earlier release parked them, or a fault delayed their jobs. The job is locked, so that no
# worker claims it meanwhile and finds its slot still held.
RECLAIM = f"""
WITH idle AS (
    SELECT s.holder_id FROM budget_slot s JOIN outbox_job j ON j.id = s.holder_id AND j.subject_id = s.holder_id
    WHERE s.tenant_id = %(tenant)s AND s.working AND {WAITS}
    ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
)
UPDATE budget_slot s SET working = false FROM idle WHERE s.holder_id = idle.holder_id
"""


@dataclass(frozen=True)
class SlotsTaken:
    """The outcome of an attempt to take run slots."""

    slots: int
    """Free slots that remain."""
    places: int | None
    """Number of further runs that may start under the limit ``waiting_runs``; None if no run asked to start."""
    holders: set[uuid.UUID]
    """Runs that now hold a slot."""


def hold(tenant_id: uuid.UUID, woken: Sequence[uuid.UUID], fresh: Sequence[uuid.UUID], limit: int) -> SlotsTaken:
    """Give free run slots to as many of these runs as possible. Requires the lock on the budget's row."""
    held = _hold(tenant_id, woken, fresh, limit)
    wanted = len(woken) + len(fresh)
    if len(held.holders) < wanted:
        fetch(PARK, [str(tenant_id)])
        held = _hold_left(tenant_id, woken, fresh, limit, held)
    if len(held.holders) < wanted and (reclaimed := execute(RECLAIM, {"tenant": tenant_id})):
        held = _hold_left(tenant_id, woken, fresh, limit, held)
        _hand_over(tenant_id, reclaimed, _waiters(tenant_id))
    return held


def _hold_left(
    tenant_id: uuid.UUID, woken: Sequence[uuid.UUID], fresh: Sequence[uuid.UUID], limit: int, held: SlotsTaken
) -> SlotsTaken:
    left = _hold(
        tenant_id,
        [run_id for run_id in woken if run_id not in held.holders],
        [run_id for run_id in fresh if run_id not in held.holders],
        limit,
    )
    return SlotsTaken(left.slots, left.places, held.holders | left.holders)


def _hold(tenant_id: uuid.UUID, woken: Sequence[uuid.UUID], fresh: Sequence[uuid.UUID], limit: int) -> SlotsTaken:
    parameters = {
        "tenant": tenant_id,
        "limit": limit,
        "most": LIMITS.waiting_runs,
        "woken": list(woken),
        "woken_count": len(woken),
        "fresh": list(fresh),
        "fresh_count": len(fresh),
        "dice": _dice(),
        "share": NEW_SHARE,
    }
    ((slots, places, holders),) = fetch(HOLD_FRESH if fresh else HOLD_WOKEN, parameters)
    begun = set(fresh).intersection(holders)
    return SlotsTaken(slots - len(holders), places - len(begun) if fresh else None, set(holders))


def lock_budgets(tenant_id: uuid.UUID) -> None:
    # No other transaction can set a budget of the tenant meanwhile.
    fetch(
        f"SELECT pg_advisory_xact_lock_shared({ADDING}), pg_advisory_xact_lock({ADDING}, hashtext(%s))",
        [str(tenant_id)],
    )
    fetch(LOCK_BUDGETS, [tenant_id])


def save_budget(row_id: uuid.UUID, tenant_id: uuid.UUID, **values: str | int) -> None:
    # `values` are the metric, window, scope, label, limit and action.
    execute(SAVE_BUDGET, {"id": row_id, "tenant": tenant_id, **values})


def remove_budget(row_id: uuid.UUID) -> None:
    execute("DELETE FROM budget WHERE id = %s", [row_id])


def wake(tenant_id: uuid.UUID, cause: str, count: int | None) -> int:
    """Wake at most ``count`` of the jobs that are parked for this budget, oldest first. Returns their number."""
    return execute(
        WAKE_DELAYED if cause == EVENTS else WAKE_PARKED, {"tenant": tenant_id, "cause": cause, "count": count}
    )


def widen(tenant_id: uuid.UUID) -> int:
    # Requires the lock on the budget's row. Returns the number of woken runs.
    share(tenant_id)
    waiters = _waiters(tenant_id)
    return _hand_over(tenant_id, LIMITS.waiting_runs, waiters) if waiters & {RUN_SLOT, CONCURRENT_RUNS} else 0


def begun(tenant_id: uuid.UUID) -> int:
    """Return how many runs of the tenant have a row in ``budget_slot``."""
    ((count,),) = fetch("SELECT count(*) FROM budget_slot WHERE tenant_id = %s", [tenant_id])
    return int(count)


def share(tenant_id: uuid.UUID) -> None:
    """Until this transaction ends, ensure that no other transaction parks a run that needs a run slot.

    Call ``share`` before you lock parked jobs.
    """
    fetch(SHARE, [str(tenant_id)])


def release(
    tenant_id: uuid.UUID,
    ended: Sequence[uuid.UUID],
    parked: Sequence[uuid.UUID] = (),
    unbegun: Collection[uuid.UUID] = (),
) -> int:
    """Release the run slots of these runs, and give the slots to waiting runs. Returns the number of woken jobs."""
    gone = [*ended, *unbegun]
    ((released, _),) = fetch(RELEASE, {"tenant": str(tenant_id), "gone": gone, "parked": list(parked)})
    waiters = _waiters(tenant_id)
    woken = 0
    if WAITING_RUNS in waiters and ended:
        woken += execute(WAKE, {"tenant": tenant_id, "cause": WAITING_RUNS, "count": len(ended)})
    if released and waiters & {RUN_SLOT, CONCURRENT_RUNS}:
        woken += _hand_over(tenant_id, released, waiters)
    return woken


def _waiters(tenant_id: uuid.UUID) -> set[str]:
    return {cause for (cause,) in fetch(WAITERS, {"tenant": tenant_id, "causes": sorted(SLOT_CAUSES)})}


def _hand_over(tenant_id: uuid.UUID, released: int, waiters: Collection[str]) -> int:
    # At most `released` slots are passed on. Other transactions pass on the slots that they release.
    fresh = CONCURRENT_RUNS in waiters
    asked = {"tenant": tenant_id, "released": released, "fresh": fresh, "most": LIMITS.waiting_runs}
    ((room, places),) = fetch(ROOM, asked)
    slots = max(0, min(released, room))
    kept = min((slots + _dice()) // NEW_SHARE, max(0, places)) if fresh else 0
    handed = 0
    for statement, reserved in ((HAND_OVER_FREELY, kept), (HAND_OVER_TO_LOCKED, 0)):
        for cause in (RUN_SLOT, CONCURRENT_RUNS):
            left = slots - handed
            count = left - reserved if cause == RUN_SLOT else min(left, places)
            if cause in waiters and count > 0:
                taken = execute(statement, {"tenant": tenant_id, "cause": cause, "count": count})
                handed += taken
                places -= taken if cause == CONCURRENT_RUNS else 0
    return handed


def _dice() -> int:
    return random.randrange(NEW_SHARE)  # noqa: S311 - divides slots fairly, guards nothing
