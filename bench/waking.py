"""Runs that all wake at the same time, with the run slots of a usual budget: their rate, and the delay of new runs."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from psycopg import sql

from automate.kernel.json_values import JsonObject
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from bench.quiet import as_owner
from bench.system import System
from bench.tenant import accept, log_step, set_up
from tenants.plans import DEFAULT_CONCURRENT_RUNS

PARK_RUNS_PER_S, WAKE_RUNS_PER_S = 100, 50
"""A slower rate fails the measurement."""
NEW_SECONDS = 0.5
"""The interval of new runs while the others wake."""
POLL_SECONDS = 0.05

WAITING = "SELECT count(*) FROM execution_run WHERE event_id = ANY (%s) AND state = 'waiting'"
SUCCEEDED = "SELECT count(*) FROM execution_run WHERE event_id = ANY (%s) AND state = 'succeeded'"
HELD = "SELECT count(*) FROM public.budget_slot WHERE working"
DELAYS = """
SELECT extract(epoch FROM started_at - created_at)::float FROM execution_run WHERE event_id = ANY (%s) ORDER BY 1
"""
LIMIT = "UPDATE public.budget SET \"limit\" = %s WHERE tenant_id = %s AND metric = 'concurrent_runs'"
END_DELAYS = """
WITH steps AS (UPDATE {schema}.step_run SET due_at = now() WHERE state = 'waiting')
UPDATE public.outbox_job SET due_at = now() WHERE tenant_id = %s AND open AND state = 'pending' AND parked = ''
"""


@dataclass(frozen=True)
class Woken:
    """The result."""

    per_second: float
    """Ended runs."""
    most_slots: int
    """The maximum held at once, of DEFAULT_CONCURRENT_RUNS."""
    delays: list[float]
    """Of new runs, from their creation to their start; sorted, in seconds."""


def wake_at_once(system: System, tenant: TenantRef, count: int) -> Woken:
    """Let so many runs wait in a delay, end all delays at the same time, and watch until all runs have ended.

    Raises AssertionError if a run is stuck, or more slots are held than the budget has.
    """
    delay: JsonObject = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 86_000}}
    set_up(tenant, "wakes", [delay, log_step("after")])
    set_up(tenant, "news", [log_step("only")])
    with as_owner(system) as owner:
        owner.execute(LIMIT, [DEFAULT_CONCURRENT_RUNS, tenant.id])
        events = accept(tenant, "wakes", count)
        _await(tenant, WAITING, events, count / PARK_RUNS_PER_S)
        owner.execute("VACUUM ANALYZE public.outbox_job, public.budget_slot")
        began = time.monotonic()
        owner.execute(sql.SQL(END_DELAYS).format(schema=sql.Identifier(tenant.schema)), [tenant.id])
        most, news = _watch(tenant, events, count / WAKE_RUNS_PER_S)
        seconds = time.monotonic() - began
    assert most <= DEFAULT_CONCURRENT_RUNS, most
    _await(tenant, SUCCEEDED, news, count / WAKE_RUNS_PER_S)
    with acting_for(tenant):
        delays = [each for (each,) in fetch(DELAYS, [news])]
    return Woken(count / seconds, most, delays)


def _watch(tenant: TenantRef, events: list[uuid.UUID], give_up_seconds: float) -> tuple[int, list[uuid.UUID]]:
    """Watch until the runs of these events have ended.

    Returns the maximum of held slots, and the events of new runs.
    """
    deadline = time.monotonic() + give_up_seconds
    most, next_at = 0, 0.0
    news: list[uuid.UUID] = []
    while True:
        if time.monotonic() > next_at:
            news += accept(tenant, "news", 1)
            next_at = time.monotonic() + NEW_SECONDS
        with acting_for(tenant):
            most = max(most, fetch(HELD)[0][0])
            if fetch(SUCCEEDED, [events])[0][0] == len(events):
                return most, news
        assert time.monotonic() < deadline, "not all woken runs ended"
        time.sleep(POLL_SECONDS)


def _await(tenant: TenantRef, counting: str, events: list[uuid.UUID], give_up_seconds: float) -> None:
    deadline = time.monotonic() + give_up_seconds
    with acting_for(tenant):
        while (found := fetch(counting, [events])[0][0]) < len(events):
            assert time.monotonic() < deadline, f"{found} of {len(events)}: {counting}"
            time.sleep(POLL_SECONDS)
