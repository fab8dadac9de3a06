"""Delays events while a budget of events is full.

A budget that delays events has the action ``THROTTLE``. A ``THROTTLE`` budget counts an event when rules match the
event, and not on arrival. If the budget gets another action, it still counts earlier events when rules match them.
"""

from __future__ import annotations

import uuid
from bisect import bisect
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from automate.budgets.delayed import transitions as delayed
from automate.budgets.kinds import EVENTS, LockedBudget
from automate.budgets.spending.claims import lock_delaying
from automate.budgets.spending.transitions import spend
from automate.budgets.windows import WINDOW_SECONDS
from automate.events.models import MADE_BY_THE_PLATFORM
from automate.events.records import EventRecord
from automate.events.services import announce_thresholds
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.metrics import BUDGET_REFUSALS
from automate.kernel.transactions import after_commit, require_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.outbox.wakeups import wake_relay

MOST_AHEAD = 1_000
"""The maximum number of waiting events that one transaction reads. Newer events wait until fewer events are before them."""
MOST_SECONDS = 400.0 * DAY_SECONDS
"""The maximum delay until an event asks again."""


def admit(
    tenant_id: uuid.UUID, jobs: Sequence[ClaimedJob], events: Iterable[EventRecord], lease_seconds: float
) -> list[ClaimedJob]:
    """Count events against the budgets that delay events. Returns the jobs of the events that can be matched now.

    The oldest events are matched first. The other events wait: the jobs of these events are parked, and the worker no longer
    holds these jobs. Call ``admit`` in the transaction that matches the events.
    """
    require_transaction()
    counted = {event.id: event.received_at for event in events if event.source not in MADE_BY_THE_PLATFORM}
    # In the order of locks, the caller's own jobs come before a budget's row.
    kept = claims.keep(jobs, lease_seconds=lease_seconds, progress=False)
    asking = sorted((job for job in jobs if job.id in kept and job.subject_id in counted), key=lambda job: job.id)
    budgets = lock_delaying(tenant_id) if asking else {}
    uses = {
        budget: {job.id for job in asking if until is None or counted[job.subject_id] < until}
        for budget, until in budgets.items()
    }
    uses = {budget: mine for budget, mine in uses.items() if mine}
    if not uses:
        return [job for job in jobs if job.id in kept]
    least = min(uses, key=lambda budget: (_room(budget), -budget.ends))
    room = _room(least)
    older = delayed.oldest(tenant_id, min(max(map(_room, uses)), MOST_AHEAD))
    going, full = _in_turn(asking, older, uses)
    late = asking[len(going) :]
    if late:
        _park(tenant_id, late, full or least)
    gone = {job.id for job in going}
    used = {budget.id: len(mine & gone) for budget, mine in uses.items()}
    announce_thresholds(spend(used, {(full or least).id: len(late)} if late else {}))
    if used[least.id] >= room:
        delayed.bring_forward(tenant_id, least.ends)
    elif delayed.make_due(tenant_id, older[: room - used[least.id]]):
        after_commit(wake_relay)
    waiting = {job.id for job in late}
    return [job for job in jobs if job.id in kept and job.id not in waiting]


def _room(budget: LockedBudget) -> int:
    return budget.room or 0


def _in_turn(
    asking: Sequence[ClaimedJob], older: Sequence[uuid.UUID], uses: Mapping[LockedBudget, Collection[uuid.UUID]]
) -> tuple[list[ClaimedJob], LockedBudget | None]:
    # Events that wait for their turn use the room before newer events. The second value is the budget that stops the rest.
    going: list[ClaimedJob] = []
    taken: Counter[LockedBudget] = Counter()
    for job in asking:
        before = bisect(older, job.id)
        mine = [budget for budget, counted in uses.items() if job.id in counted]
        full = [budget for budget in mine if taken[budget] + before >= _room(budget)]
        if full or before == MOST_AHEAD:
            return going, max(full, key=lambda budget: budget.ends, default=None)
        taken.update(mine)
        going.append(job)
    return going, None


def _park(tenant_id: uuid.UUID, late: Sequence[ClaimedJob], full: LockedBudget) -> None:
    # The times at which waiting events ask again are spread over the next windows: a window should not begin with a
    # question of each event. The first event of a window wakes as many others as the budget has room for.
    pace = WINDOW_SECONDS[full.window] / max(1, full.limit)
    before = delayed.due_before(tenant_id, late[0].id)
    first = full.ends if before is None else max(full.ends, before + pace)
    claims.release(
        [claims.JobRelease(job, min(first + place * pace, MOST_SECONDS), EVENTS) for place, job in enumerate(late)]
    )
    BUDGET_REFUSALS.labels(EVENTS, "wait").inc(len(late))
