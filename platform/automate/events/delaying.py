"""Delays events whose budget is full. Such a budget has the action ``THROTTLE``, and counts events when rules match them."""

from __future__ import annotations

import uuid
from bisect import bisect
from collections.abc import Iterable, Sequence

from automate.budgets.claims import lock_events
from automate.budgets.delayed import transitions as delayed
from automate.budgets.kinds import EVENTS, LockedBudget
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
    """Count events against the budgets that delay events. Returns the jobs of the events that may be matched now.

    The oldest events are matched first. The other events wait: their jobs are parked and no longer held. Call ``admit`` in
    the transaction that matches the events.
    """
    require_transaction()
    counted = {event.id for event in events if event.source not in MADE_BY_THE_PLATFORM}
    # In the order of locks, the caller's own jobs come before a budget's row.
    kept = claims.keep(jobs, lease_seconds=lease_seconds, progress=False)
    asking = sorted((job for job in jobs if job.id in kept and job.subject_id in counted), key=lambda job: job.id)
    budgets = lock_events(tenant_id, delaying=True) if asking else []
    if not budgets:
        return [job for job in jobs if job.id in kept]
    least = min(budgets, key=lambda budget: (_room(budget), -budget.ends))
    room = _room(least)
    older = delayed.oldest(tenant_id, min(room, MOST_AHEAD))
    going = _in_turn(asking, older, room)
    late = asking[len(going) :]
    if late:
        _park(tenant_id, late, least)
    announce_thresholds(spend({budget.id: len(going) for budget in budgets}, {least.id: len(late)} if late else {}))
    if len(going) >= room:
        delayed.bring_forward(tenant_id, least.ends)
    elif delayed.make_due(tenant_id, older[: room - len(going)]):
        after_commit(wake_relay)
    waiting = {job.id for job in late}
    return [job for job in jobs if job.id in kept and job.id not in waiting]


def _room(budget: LockedBudget) -> int:
    return budget.room or 0


def _in_turn(asking: Sequence[ClaimedJob], older: Sequence[uuid.UUID], room: int) -> list[ClaimedJob]:
    # Events that wait for their turn use the room before newer events.
    going: list[ClaimedJob] = []
    for place, job in enumerate(asking):
        before = bisect(older, job.id)
        if place + before >= room or before == MOST_AHEAD:
            break
        going.append(job)
    return going


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
