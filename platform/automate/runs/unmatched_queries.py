"""Reads the reasons why events wait for their matching. One SQL statement reads the reasons of many events."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from automate.budgets.delayed.transitions import PARKED
from automate.budgets.kinds import EVENTS
from automate.budgets.models import THROTTLE
from automate.budgets.windows import RESETS, USED, WINDOW_SECONDS, shown
from automate.kernel.queries import EXACT_COUNT
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.outbox.claims import EVENT_MATCH
from automate.runs.waiting import BUDGET, PAUSED, QUEUE, TENANT, WaitingFor

# The job of an event has the id of the event. An event waits for the full budget that resets last.
SELECT_UNMATCHED = f"""
SELECT m.id, m.restored, coalesce(l.paused OR l.held, false), queue.position, f."window", f."limit", f.resets
FROM public.outbox_job m
LEFT JOIN public.outbox_lane l ON l.tenant_id = m.tenant_id
LEFT JOIN LATERAL (
    SELECT count(*) AS position FROM (
        SELECT FROM public.outbox_job j WHERE {PARKED} AND j.id <= m.id LIMIT {EXACT_COUNT + 1}
    ) AS before
) AS queue ON m.parked = '{EVENTS}'
LEFT JOIN LATERAL (
    SELECT b."window", b."limit", {RESETS} AS resets FROM public.budget b
    WHERE b.tenant_id = m.tenant_id AND b.metric = '{EVENTS}' AND (b.action = '{THROTTLE}' OR b.matched_until IS NOT NULL) AND {USED} >= b."limit"
    ORDER BY resets DESC LIMIT 1
) AS f ON m.parked = '{EVENTS}'
WHERE m.id = ANY (%(events)s) AND m.topic = '{EVENT_MATCH}' AND m.state IN ('pending', 'dispatched')
"""


@dataclass(frozen=True)
class UnmatchedEvent:
    """An event that is not matched yet, with the reasons why it waits."""

    id: uuid.UUID
    restored: bool
    paused: bool
    """Whether the tenant is paused or suspended."""
    position: int | None
    """The place among the events that wait for a budget."""
    window: str | None
    """window, limit and resets_at are those of the full budget; None if each budget has room."""
    limit: int | None
    resets_at: datetime | None

    @property
    def waiting_for(self) -> WaitingFor:
        """The first reason why the event waits."""
        if self.restored:
            sentence = "The database was restored before rules looked at the event. Release it with releaseRestored."
            return WaitingFor(PAUSED, None, None, sentence)
        if self.paused:
            sentence = "The tenant is paused or suspended. Rules look at the event after the tenant is resumed."
            return WaitingFor(TENANT, None, None, sentence)
        if self.position is None or self.window is None or self.limit is None or self.resets_at is None:
            return WaitingFor(QUEUE, self.position, None, "The event is next in the queue for a worker.")
        sentence = (
            f'The event waits because the budget "{shown(EVENTS, self.window)}" is full: {self.limit:,} are used, and the budget '
            f"resets at {self.resets_at.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC. The event is number {self.position} in the queue."
        )
        return WaitingFor(
            BUDGET, self.position, _earliest(self.position, self.window, self.limit, self.resets_at), sentence
        )


def unmatched(event_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, UnmatchedEvent]:
    """Return the events that rules have not looked at, and that no worker holds."""
    parameters = {"events": list(event_ids), "tenant": current_tenant().id}
    return {found.id: found for found in (UnmatchedEvent(*row) for row in fetch(SELECT_UNMATCHED, parameters))}


def _earliest(position: int, window: str, limit: int, resets_at: datetime) -> datetime | None:
    # Unknown for a budget that lets nothing pass, and beyond the places that are counted.
    if limit == 0 or position > EXACT_COUNT:
        return None
    return resets_at + timedelta(seconds=(position - 1) // limit * WINDOW_SECONDS[window])
