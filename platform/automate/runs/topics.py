"""Topics of jobs about events, runs and windows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial

from automate.budgets import claims as budgets
from automate.budgets.reservations import ends_of
from automate.budgets.spending.transitions import Spending
from automate.effects import transitions as effects
from automate.events.event_types.indexing.chunks import EVENT_REINDEX
from automate.events.services import announce_thresholds
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import after_commit
from automate.outbox.claims import EVENT_MATCH, RUN_ADVANCE
from automate.outbox.registry import Topic
from automate.outbox.wakeups import wake_relay
from automate.rules.windows.taking import RULE_WINDOW
from automate.runs import feed, parents, states, transitions
from automate.runs.concurrency import slots
from automate.runs.indexing import index_events
from automate.runs.matching import match_events
from automate.runs.noticing.causes import of_lost_runs
from automate.runs.noticing.queries import failed_runs
from automate.runs.run_set import RunSet
from automate.runs.windows.timers import close_windows


def _fail_runs(run_ids: Sequence[uuid.UUID], error: NormalizedError) -> None:
    tenant = current_tenant()
    _settle_reservations(run_ids)
    failed = transitions.fail_runs(run_ids, error)
    woken = bool(failed and budgets.release(tenant.id, failed))
    woken |= slots.release(failed, wait=True)
    if failed:
        parents.notify_parents(failed, states.FAILED, error.message)
        of_lost_runs(failed_runs(failed))
    after_commit(partial(feed.publish, tenant.id))
    if woken:
        after_commit(wake_relay)


def _settle_reservations(run_ids: Sequence[uuid.UUID]) -> None:
    ends = ends_of((reservation, True) for reservation in effects.take_reservations(run_ids))
    if ends:
        announce_thresholds(Spending({}, ends=ends).spend())


TOPICS = (
    Topic(
        EVENT_MATCH, "Event", "Match an event against the rules.", match_events, by_key=True, waits_after_restore=True
    ),
    Topic(
        RUN_ADVANCE,
        "ExecutionRun",
        "Advance a run.",
        RunSet.take,
        fail=_fail_runs,
        by_key=True,
        waits_after_restore=True,
    ),
    Topic(RULE_WINDOW, "RuleWindow", "Close a window of a rule over time.", close_windows, waits_after_restore=True),
    Topic(EVENT_REINDEX, "EventType", "Index stored events by new search keys.", index_events),
)
