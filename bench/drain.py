"""(b) A backlog that was accepted beforehand, drained by relay and worker.

All rows are checked before a rate is reported.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from automate.outbox.wakeups import wake_relay
from bench.system import System
from bench.tenant import accept, close_lane
from bench.tenant_payload import PAYLOAD

POLL_SECONDS = 0.1
GIVE_UP_SECONDS = 120.0

OPEN = "SELECT count(*) FROM outbox_job WHERE tenant_id = %s AND open"
"""Runs during the measurement, so it must be cheap. The outcomes of the jobs are counted afterwards."""
ROWS = """
SELECT (SELECT count(*) FROM decision WHERE event_id = ANY (%(events)s) AND verdict = 'matched'),
       count(*), count(DISTINCT r.event_id),
       (SELECT count(*) FROM step_run s WHERE s.run_id = ANY (array_agg(r.id)) AND s.state = 'succeeded'),
       (SELECT count(*) FROM effect e WHERE e.run_id = ANY (array_agg(r.id)) AND e.state = 'confirmed' AND e.tries = 1),
       (SELECT count(*) FROM run_log l WHERE l.run_id = ANY (array_agg(r.id)) AND l.to_state <> 'waiting'),
       extract(epoch FROM max(r.finished_at) - min(r.started_at))
FROM execution_run r WHERE r.event_id = ANY (%(events)s) AND r.state = 'succeeded'
"""


@dataclass(frozen=True)
class Rows:
    """The expected rows of one run: attempts at steps and items, calls, and transitions except those to ``waiting``.

    payload: of its event.
    """

    steps: int
    calls: int
    moves: int
    payload: JsonValue = None

    @classmethod
    def of_steps(cls, count: int) -> Rows:
        """The run is created, running, succeeded; each step runs and succeeds."""
        return cls(count, count, 3 + 2 * count)

    @classmethod
    def without_calls(cls, count: int) -> Rows:
        """Its steps end at once, which is one transition."""
        return cls(count, 0, 3 + count)

    @classmethod
    def of_items(cls, count: int) -> Rows:
        """One step, which waits while its items run and succeed, and then succeeds."""
        return cls(1 + count, count, 3 + 1 + 2 * count, {**PAYLOAD, "items": list(range(count))})


@dataclass(frozen=True)
class Drained:
    """The result."""

    runs_per_s: float
    cpu_ms_per_run: dict[str, float]
    """Processor time by kind of process; that of the servers under ``servers``."""


def await_no_open_jobs(tenant: TenantRef) -> None:
    """Wait until no job is open. Raises AssertionError after GIVE_UP_SECONDS."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    with acting_for(tenant):
        while left := fetch(OPEN, [tenant.id])[0][0]:
            assert time.monotonic() < deadline, f"{left} jobs are still open after {GIVE_UP_SECONDS:g} s"
            time.sleep(POLL_SECONDS)


def drain(system: System, tenant: TenantRef, name: str, count: int, rows: Rows) -> Drained:
    """Accept events while the tenant's lane is closed, then open it and time the runs by PostgreSQL's clock.

    The time counts from the first start to the last end. Raises AssertionError for a missing or surplus row.
    """
    close_lane(tenant, paused=True)
    events = accept(tenant, name, count, [rows.payload] * count if rows.payload else ())
    with acting_for(tenant):
        fetch("SELECT 1")
    before = system.cpu_seconds()
    close_lane(tenant, paused=False)
    wake_relay()
    await_no_open_jobs(tenant)
    with acting_for(tenant):
        spent = {kind: seconds - before[kind] for kind, seconds in system.cpu_seconds().items()}
        matched, runs, distinct, step_rows, effects, log, seconds = fetch(ROWS, {"events": events})[0]
    expected = (count, count, count, count * rows.steps, count * rows.calls, count * rows.moves)
    assert (matched, runs, distinct, step_rows, effects, log) == expected, (
        matched,
        runs,
        distinct,
        step_rows,
        effects,
        log,
    )
    return Drained(count / float(seconds), {kind: 1000 * each / count for kind, each in spent.items()})
