"""Waiting runs: their cost while none is due, and the delay at their wake-up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from bench.quiet import Spent, tidy, watch
from bench.system import System
from bench.tenant import accept, set_up

PARKING_RUNS_PER_S = 250
"""The assumed rate at which runs begin to wait. That all of them wait is checked."""
TIDYING_SECONDS = 15.0
"""For the vacuum of the rows that the last load has left."""
QUIET_SECONDS = 5.0
WAKING_SECONDS = 20.0
GIVE_UP_SECONDS = 60.0
POLL_SECONDS = 0.2

WAITING = "SELECT count(*) FROM execution_run WHERE event_id = ANY (%s) AND state = 'waiting'"
SUCCEEDED = "SELECT count(*) FROM execution_run WHERE event_id = ANY (%s) AND state = 'succeeded'"
LATENESS = """
SELECT extract(epoch FROM l.occurred_at - s.due_at)::float
FROM execution_run r JOIN step_run s ON s.run_id = r.id JOIN run_log l ON l.run_id = r.id AND l.step_id = s.id
WHERE r.event_id = ANY (%s) AND s.key = 'wait' AND l.to_state = 'succeeded' ORDER BY 1
"""


@dataclass(frozen=True)
class Waits:
    """The result."""

    spent: Spent
    """While all runs waited."""
    lateness: list[float]
    """Sorted, in seconds."""


def waits(system: System, tenant: TenantRef, count: int) -> Waits:
    """Let so many runs wait until times that are spread evenly over WAKING_SECONDS.

    Raises AssertionError if one did not wait or did not end.
    """
    set_up(tenant, "waits", [{"key": "wait", "uses": "flow.delay", "with": {"until": "{{ event.payload.at }}"}}])
    parking_seconds = count / PARKING_RUNS_PER_S + TIDYING_SECONDS
    first = datetime.now(timezone.utc) + timedelta(seconds=parking_seconds + QUIET_SECONDS)
    step = timedelta(seconds=WAKING_SECONDS / count)
    events = accept(tenant, "waits", count, payloads=[{"at": (first + step * n).isoformat()} for n in range(count)])
    with acting_for(tenant):
        deadline = time.monotonic() + (first - datetime.now(timezone.utc)).total_seconds() - QUIET_SECONDS
        while fetch(WAITING, [events])[0][0] < count:
            assert time.monotonic() < deadline, "not all runs waited in time"
            time.sleep(POLL_SECONDS)
        tidy(system)
        spent = watch(system, QUIET_SECONDS * 0.8)
        assert datetime.now(timezone.utc) < first, "a run fell due while nothing should be"
        deadline = time.monotonic() + WAKING_SECONDS + GIVE_UP_SECONDS
        while fetch(SUCCEEDED, [events])[0][0] < count:
            assert time.monotonic() < deadline, "not all runs ended"
            time.sleep(POLL_SECONDS)
        lateness = [seconds for (seconds,) in fetch(LATENESS, [events])]
    assert len(lateness) == count, len(lateness)
    return Waits(spent, lateness)
