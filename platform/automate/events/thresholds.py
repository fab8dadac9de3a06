"""Tell the rules that a budget has reached a threshold: one event for each window and threshold."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.budgets.spending.transitions import Crossing
from automate.budgets.windows import shown
from automate.events.bodies import event_body
from automate.events.models import RUNS_SOURCE
from automate.events.queries import source_id_of
from automate.events.services import NewEvent, record_events
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.text import BUDGET_THRESHOLD
from automate.kernel.trace import current_trace

KEY_SECONDS = 32 * DAY_SECONDS
"""Longer than the longest window, so that a limit which is raised and reached again makes no second event."""


def announce(crossings: Sequence[Crossing]) -> None:
    """Record an event for each threshold that was reached. Requires the transaction that spent the budgets."""
    if not crossings:
        return
    source, trace = source_id_of(RUNS_SOURCE), current_trace().trace_id
    record_events([_event(one, source, trace) for one in crossings], audited=False, repeats_recorded=False)


def _event(crossing: Crossing, source: uuid.UUID, trace: str) -> NewEvent:
    payload = {
        "budget": str(crossing.budget_id),
        "metric": crossing.metric,
        "window": crossing.window,
        "workflow": crossing.workflow or None,
        "limit": crossing.limit,
        "used": crossing.used,
        "percent": crossing.percent,
        "action": crossing.action,
        "resets_at": crossing.resets_at.isoformat(),
    }
    return NewEvent(
        source_id=source,
        type=BUDGET_THRESHOLD,
        body=event_body(payload),
        trace_id=trace,
        subject=shown(crossing.metric, crossing.window, crossing.workflow)[:255],
        idempotency_key=f"{crossing.budget_id}/{crossing.window_start.timestamp():.0f}/{crossing.percent}",
        key_seconds=KEY_SECONDS,
    )
