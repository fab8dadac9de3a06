"""Eight processes that begin runs against a budget, and are killed at any time: ``python -m tests.support.budget_contenders
TENANT_ID SEED KILLS [MISCHIEF]``.

The tenant has a budget of runs already. Prints a line of JSON: how many runs began, and how many processes were killed.
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
from multiprocessing.process import BaseProcess
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from automate.budgets import claims as budgets  # noqa: E402 - Django has to be ready before
from automate.budgets.spending import transitions as spending  # noqa: E402
from automate.cli.checkup import queries  # noqa: E402
from automate.kernel.ids import new_id  # noqa: E402
from automate.kernel.tenancy import TenantRef, acting_for  # noqa: E402
from automate.kernel.transactions import in_transaction  # noqa: E402
from automate.outbox import claims  # noqa: E402
from tenants.directory import tenant_by_id  # noqa: E402

PROCESSES = 8
MOST_AT_ONCE = 5
KILL_SECONDS = 0.05
SILENT_SECONDS = 20.0
"""Without a run that began for so long, the budget lets no more begin."""
FULL_SECONDS = 1.0
"""How long the processes go on asking once the limit is reached."""
TRACE = "0" * 32
BEGUN = "SELECT count(*) FROM outbox_job WHERE tenant_id = %s"


def counts_without_the_lock() -> None:
    """Counts while others spend, and spends without looking."""
    setattr(budgets, "LOCK", budgets.LOCK.replace("ORDER BY id FOR UPDATE", "ORDER BY id"))  # noqa: B010 - mischief
    guard = "b.action = 'alert' OR a.spent = 0 OR"
    assert guard in spending.SPEND
    setattr(spending, "SPEND", spending.SPEND.replace(guard, "true OR"))  # noqa: B010 - mischief


def spends_apart() -> None:
    """Commits what it spends before the runs: a process that dies in between leaks."""
    setattr(sys.modules[__name__], "begin", begin_apart)  # noqa: B010 - mischief


MISCHIEF = {made.__name__: made for made in (counts_without_the_lock, spends_apart)}


def begin(tenant: TenantRef, count: int) -> None:
    with acting_for(tenant), in_transaction():
        admitted = budgets.admit(tenant.id, [new_id() for _ in range(count)]).admitted
        if admitted:
            claims.enqueue(tenant.id, claims.RUN_ADVANCE, [(run, run, TRACE) for run in admitted], max_attempts=1)


def begin_apart(tenant: TenantRef, count: int) -> None:
    with acting_for(tenant):
        with in_transaction():
            admitted = budgets.admit(tenant.id, [new_id() for _ in range(count)]).admitted
        if admitted:
            with in_transaction():
                claims.enqueue(tenant.id, claims.RUN_ADVANCE, [(run, run, TRACE) for run in admitted], max_attempts=1)


def work(tenant: TenantRef, seed: int) -> None:
    """Ask for runs, for ever."""
    dice = random.Random(seed)
    while True:
        begin(tenant, dice.randint(1, MOST_AT_ONCE))


class Ring:
    """The processes, and what is seen of them. limit: the budget's."""

    def __init__(self, tenant: TenantRef, seed: int, kills: int, limit: int) -> None:
        self._tenant, self._random, self._kills, self._limit = tenant, random.Random(seed), kills, limit
        self._context: Any = multiprocessing.get_context("fork")
        self._processes = [self._begin() for _ in range(PROCESSES)]
        self.killed = 0

    def _begin(self) -> BaseProcess:
        seed = self._random.randrange(1 << 30)
        process: BaseProcess = self._context.Process(target=work, args=(self._tenant, seed), daemon=True)
        process.start()
        return process

    def watch(self) -> int:
        """How many runs have begun when no more do."""
        begun, still = -1, time.monotonic()
        kill_at = still + KILL_SECONDS
        # Not Django's: the processes that are forked meanwhile would share it.
        with queries.connected(os.environ["DATABASE_URL"]) as connection:
            queries.as_tenant(connection, self._tenant.schema)
            while True:
                ((now,),) = queries.rows(connection, BEGUN, [self._tenant.id])
                if now != begun:
                    begun, still = now, time.monotonic()
                quiet = time.monotonic() - still
                if quiet > SILENT_SECONDS or (begun >= self._limit and quiet > FULL_SECONDS):
                    return int(begun)
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


def main(tenant_id: str, seed: str, kills: str, limit: str, mischief: str = "") -> None:
    tenant = tenant_by_id(uuid.UUID(tenant_id)).ref
    django.db.connections.close_all()
    if mischief:
        MISCHIEF[mischief]()
    ring = Ring(tenant, int(seed), int(kills), int(limit))
    try:
        begun = ring.watch()
    finally:
        ring.end()
    print(json.dumps({"begun": begun, "killed": ring.killed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
