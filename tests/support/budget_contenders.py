"""Eight processes that spend a budget, and are killed at any time: ``python -m tests.support.budget_contenders
TENANT_ID SEED KILLS LIMIT METRIC [MISCHIEF]``.

The tenant has a budget of the metric already; of steps, calls and cost, also a workflow of two steps that each event starts. Prints a
line of JSON: how much was used, as the rows of the work say, and how many processes were killed.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any

import django
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from automate.budgets import claims as budgets  # noqa: E402 - Django has to be ready before
from automate.budgets.spending import claims as counted  # noqa: E402
from automate.budgets.spending import transitions as spending  # noqa: E402
from automate.cli.checkup import queries  # noqa: E402
from automate.events import delaying  # noqa: E402
from automate.events.services import NewEvent, record_events  # noqa: E402
from automate.kernel.errors import NormalizedError  # noqa: E402
from automate.kernel.ids import new_id  # noqa: E402
from automate.kernel.principals import Principal, acting_as  # noqa: E402
from automate.kernel.sql import fetch  # noqa: E402
from automate.kernel.tenancy import TenantRef, acting_for  # noqa: E402
from automate.kernel.transactions import in_transaction  # noqa: E402
from automate.outbox import claims  # noqa: E402
from automate.runs import loading, meter  # noqa: E402
from automate.runs.advance import Advance  # noqa: E402
from automate.runs.meter import BudgetMeter  # noqa: E402
from automate.runs.run_set import RunSet  # noqa: E402
from tenants.directory import tenant_by_id  # noqa: E402
from tests.support.plane import Plane  # noqa: E402

PROCESSES = 8
MOST_AT_ONCE = 5
KILL_SECONDS = 0.05
LOOK_SECONDS = 0.01
RESEND_SECONDS = 3.0
"""How long a job that a killed process was sent fills the tenant's window."""
SILENT_SECONDS = 20.0
"""Without a run that began for so long, the budget lets no more begin."""
FULL_SECONDS = 1.0
"""How long the processes go on asking once the limit is reached."""
APART_SECONDS = 0.1
"""How long those that spend apart wait before the work: long enough for a kill to hit it."""
TRACE = "0" * 32
SENDER = Principal(kind="system", name="contender")
DONE = {
    "runs": "SELECT count(*) FROM public.outbox_job WHERE tenant_id = %s",
    # Those that the platform makes do not count.
    "events": "SELECT count(*) FROM event WHERE type = 'x' AND %s IS NOT NULL",
    "delayed": "SELECT count(*) FROM event WHERE type = 'x' AND id IN (SELECT event_id FROM rule_match) AND %s IS NOT NULL",
    "steps": "SELECT count(*) FROM step_run WHERE coalesce(error ->> 'code', '') <> 'BUDGET_EXCEEDED' AND %s IS NOT NULL",
    # A call that is sent again because its process was killed counts once.
    "calls": "SELECT count(*) FROM effect WHERE %s IS NOT NULL",
    "sent": "SELECT count(*) FROM effect WHERE %s IS NOT NULL",
    # Each call costs two millionths.
    "cost": "SELECT 2 * count(*) FROM effect WHERE %s IS NOT NULL",
}
"""What was used, as the rows say that were written with it."""
USED = "SELECT max(used)::bigint FROM public.budget WHERE tenant_id = %s AND metric = %s"
"""What was used, as the budget says. Where it leaks, the rows never reach the limit."""


def counts_without_the_lock() -> None:
    """Counts while others spend, long enough for one of them to do so, and spends without looking."""
    for home, name in (
        (budgets, "LOCK"),
        (counted, "LOCK_COUNTED"),
        (counted, "LOCK_EVENTS"),
        (counted, "LOCK_DELAYING"),
    ):
        assert "id FOR UPDATE" in getattr(home, name)
        setattr(home, name, getattr(home, name).replace("id FOR UPDATE", "id, pg_sleep(0.1)::text"))
    for name, guard in (
        ("SPEND", "b.action = 'alert' OR a.spent + a.held = 0 OR"),
        ("MOVE_PLAINLY", "b.action = 'alert' OR"),
    ):
        assert guard in getattr(spending, name)
        setattr(spending, name, getattr(spending, name).replace(guard, "true OR"))


def spends_apart() -> None:
    """Commits what it spends before the work: a process that dies in between leaks."""
    WORK.update(runs=begin_apart, events=send_apart)
    planned, admit = BudgetMeter.spending, delaying.admit

    def admit_apart(*given: Any) -> Any:
        admitted = admit(*given)
        # Django's transaction goes on as another one of the database.
        connection.connection.commit()
        time.sleep(APART_SECONDS)
        return admitted

    def spent_before(run_set: RunSet, made: Sequence[Advance]) -> Any:
        with in_transaction():
            # Refused rounds are planned again by the commit.
            spending = None if any(this.over for this in made) else planned(run_set.meter, made)
            if spending is not None:
                spending.spend()
        time.sleep(APART_SECONDS)
        return commit(run_set, made)

    commit = RunSet.commit
    setattr(delaying, "admit", admit_apart)  # noqa: B010 - mischief
    setattr(RunSet, "commit", spent_before)  # noqa: B010 - mischief
    setattr(BudgetMeter, "spending", lambda this, made: planned(this, made) if this.locked else None)  # noqa: B010 - mischief


def plans_freely() -> None:
    """No mischief: plans without the lock until little room is left."""
    meter.AMPLE = 20


def forgets_reservations() -> None:
    """Takes the runs of killed processes over without what their calls reserve: nothing settles or releases it."""
    setattr(loading, "reservation_of", lambda _: None)  # noqa: B010 - mischief


def settles_twice() -> None:
    """Settles each reservation a second time."""
    once = meter.ends_of
    setattr(meter, "ends_of", lambda ended: once([*ended] * 2))  # noqa: B010 - mischief


MISCHIEF = {
    made.__name__: made
    for made in (counts_without_the_lock, spends_apart, plans_freely, forgets_reservations, settles_twice)
}


def begin(tenant: TenantRef, count: int) -> None:
    with acting_for(tenant), in_transaction():
        admitted = budgets.admit(tenant.id, [new_id() for _ in range(count)]).admitted
        if admitted:
            claims.enqueue(tenant.id, claims.RUN_ADVANCE, [(run, run, TRACE) for run in admitted], max_attempts=1)


def begin_apart(tenant: TenantRef, count: int) -> None:
    with acting_for(tenant):
        with in_transaction():
            admitted = budgets.admit(tenant.id, [new_id() for _ in range(count)]).admitted
        time.sleep(APART_SECONDS)
        if admitted:
            with in_transaction():
                claims.enqueue(tenant.id, claims.RUN_ADVANCE, [(run, run, TRACE) for run in admitted], max_attempts=1)


def send(tenant: TenantRef, count: int) -> None:
    with acting_for(tenant), acting_as(SENDER), suppress(NormalizedError):
        record_events([new_event() for _ in range(count)], audited=False, refusable=True)


def send_apart(tenant: TenantRef, count: int) -> None:
    with acting_for(tenant), acting_as(SENDER):
        with in_transaction():
            found = counted.lock_events(tenant.id)
            if any(budget.room is not None and budget.room < count for budget in found):
                return
            spending.spend({budget.id: count for budget in found}, {})
        time.sleep(APART_SECONDS)
        with in_transaction():
            record_events([new_event() for _ in range(count)], audited=False)


def new_event() -> NewEvent:
    ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
    return NewEvent(source_id=source, type="x", body=b"{}", trace_id=TRACE, depth=0)


def run(tenant: TenantRef, count: int) -> None:
    """Runs from their events to their ends, as a relay and a worker take them."""
    with acting_for(tenant), acting_as(SENDER):
        record_events([new_event() for _ in range(count)], audited=False)
    plane = Plane(tenant, None)  # type: ignore[arg-type] # asks no superuser
    plane.work(count, resend_seconds=RESEND_SECONDS)


WORK = {"runs": begin, "events": send, "delayed": run, "steps": run, "calls": run, "sent": run, "cost": run}
OF = {"delayed": "events", "sent": "calls"}
"""The metric of the budget, where the race has another name: events that wait to be matched, and calls that reach a server."""


def work(tenant: TenantRef, metric: str, seed: int) -> None:
    """Use the budget, for ever. A process whose database lost a race goes on."""
    dice = random.Random(seed)
    while True:
        WORK[metric](tenant, dice.randint(1, MOST_AT_ONCE))


class Ring:
    """The processes, and what is seen of them. limit: the budget's."""

    def __init__(self, tenant: TenantRef, metric: str, seed: int, kills: int, limit: int) -> None:
        self._tenant, self._random, self._kills, self._limit = tenant, random.Random(seed), kills, limit
        self._metric = metric
        self._context: Any = multiprocessing.get_context("fork")
        self._processes = [self._begin() for _ in range(PROCESSES)]
        self.killed = 0

    def _begin(self) -> BaseProcess:
        seed = self._random.randrange(1 << 30)
        process: BaseProcess = self._context.Process(target=work, args=(self._tenant, self._metric, seed), daemon=True)
        process.start()
        return process

    def watch(self) -> int:
        """How much was used when no more is."""
        begun, still = -1, time.monotonic()
        kill_at = still + KILL_SECONDS
        # Not Django's: the processes that are forked meanwhile would share it.
        with queries.connected(os.environ["DATABASE_URL"]) as session:
            queries.as_tenant(session, self._tenant.schema)
            while True:
                ((now,),) = queries.rows(session, DONE[self._metric], [self._tenant.id])
                ((used,),) = queries.rows(session, USED, [self._tenant.id, OF.get(self._metric, self._metric)])
                if now != begun:
                    begun, still = now, time.monotonic()
                quiet = time.monotonic() - still
                full = max(begun, used or 0) >= self._limit and quiet > FULL_SECONDS
                if full or begun > self._limit or quiet > SILENT_SECONDS:
                    return int(begun)
                # Two counts in a tight loop would take a core from those who are watched.
                time.sleep(LOOK_SECONDS)
                if begun > 0 and self.killed < self._kills and time.monotonic() > kill_at:
                    self._kill_one()
                    kill_at = time.monotonic() + KILL_SECONDS

    def _kill_one(self) -> None:
        number = self._random.randrange(PROCESSES)
        process = self._processes[number]
        if process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        self.killed += 1
        self._processes[number] = self._begin()

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.join()


def main(tenant_id: str, seed: str, kills: str, limit: str, metric: str, mischief: str = "") -> None:  # noqa: PLR0917
    tenant = tenant_by_id(uuid.UUID(tenant_id)).ref
    django.db.connections.close_all()
    if mischief:
        MISCHIEF[mischief]()
    ring = Ring(tenant, metric, int(seed), int(kills), int(limit))
    try:
        begun = ring.watch()
    finally:
        ring.end()
    # A killed process may have written a part of a line.
    print("\n" + json.dumps({"begun": begun, "killed": ring.killed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
