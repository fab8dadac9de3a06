"""Sixteen processes that begin, park, wake and end runs, and are killed at any time: ``python -m tests.support.slot_contenders
TENANT_ID SEED KILLS [MISCHIEF]``.

The tenant's runs are queued already. Prints a line of JSON: the most run slots that were ever held at once, how many
processes were killed, how many runs ended, and how many slots are left.
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

from actors.relay.main import batches  # noqa: E402 - Django has to be ready before
from automate.budgets import claims as budgets  # noqa: E402
from automate.budgets import transitions as slots  # noqa: E402
from automate.cli.checkup import queries  # noqa: E402
from automate.kernel.tenancy import TenantRef, acting_for_platform  # noqa: E402
from automate.outbox.dispatching import claims as dispatching  # noqa: E402
from automate.runs import run_set  # noqa: E402
from tenants.directory import tenant_by_id  # noqa: E402
from tests.support.plane import BEGIN, FIRST_TENANT, Scripted, connectors, work_off  # noqa: E402

PROCESSES = 16
KILL_SECONDS = 0.2
"""Between two kills, which come while a run works."""
SILENT_SECONDS, SILENT_SECONDS_OF_TWINS = 25.0, 10.0
"""Without an end of a run for so long, the rest is stuck. A lease of these processes takes two seconds."""
MOST_LOSSES = 1_000
IDLE_SECONDS = 0.005
LOOK_SECONDS = 0.003
OPEN = """
SELECT count(*) FILTER (WHERE finished_at IS NULL) + (SELECT count(*) FROM outbox_job WHERE open AND topic = 'event.match'), count(*)
FROM execution_run
"""
"""Open runs and events that may still start one, and all runs."""
LEFT = """
SELECT j.id, j.topic, j.state, j.parked, j.attempts, j.alone, j.due_at - now(), j.lease_until - now(), j.last_error, s.working
FROM outbox_job j LEFT JOIN budget_slot s ON s.holder_id = j.subject_id WHERE j.open ORDER BY j.id LIMIT 20
"""
HELD = "SELECT count(*) FILTER (WHERE working), count(*) FROM budget_slot"


def counts_without_the_lock() -> None:
    """Counts the slots, long enough for others to take some."""
    assert "id FOR UPDATE" in budgets.LOCK
    setattr(budgets, "LOCK", budgets.LOCK.replace("id FOR UPDATE", "id, pg_sleep(0.1)::text"))  # noqa: B010 - mischief


def keeps_slots_of_ends() -> None:
    """Leaves the slot of a run that ended behind."""
    kept = "DELETE FROM budget_slot WHERE holder_id = ANY (%(gone)s) AND false RETURNING working"
    told = "DELETE FROM budget_slot WHERE holder_id = ANY (%(gone)s) RETURNING working"
    assert told in slots.RELEASE
    setattr(slots, "RELEASE", slots.RELEASE.replace(told, kept))  # noqa: B010 - mischief


def forgets_who_waits() -> None:
    """Hands no slot over."""
    setattr(slots, "_hand_over", lambda *_: 0)  # noqa: B010 - mischief


MISCHIEF = {made.__name__: made for made in (counts_without_the_lock, keeps_slots_of_ends, forgets_who_waits)}


def work(tenant: TenantRef) -> None:
    """As a worker with its relay does, for ever."""
    with connectors(Scripted()):
        while True:
            with acting_for_platform("dispatch for a test"):
                jobs = dispatching.dispatch(window=8, room=256, resend_seconds=0.5, after=FIRST_TENANT).jobs
            for batch in batches(jobs, 4):
                work_off(tenant.id, [job.id for job in batch], BEGIN[batch[0].topic])
            if not jobs:
                time.sleep(IDLE_SECONDS)


class Ring:
    """The processes, and what is seen of them."""

    def __init__(self, tenant: TenantRef, seed: int, kills: int) -> None:
        self._tenant, self._random, self._kills = tenant, random.Random(seed), kills
        self._context: Any = multiprocessing.get_context("fork")
        self._processes = [self._begin() for _ in range(PROCESSES)]
        self.most = self.killed = 0
        self.silent_seconds = SILENT_SECONDS

    def _begin(self) -> BaseProcess:
        process: BaseProcess = self._context.Process(target=work, args=(self._tenant,), daemon=True)
        process.start()
        return process

    def watch(self) -> dict[str, int]:
        """Until no run is open, or none ends any more."""
        last, still = (0, 0), time.monotonic()
        kill_at = time.monotonic() + KILL_SECONDS
        # Not Django's: the processes that are forked meanwhile would share it.
        with queries.connected(os.environ["DATABASE_URL"]) as connection:
            queries.as_tenant(connection, self._tenant.schema)
            while True:
                ((open_runs, runs),) = queries.rows(connection, OPEN)
                ((held, left),) = queries.rows(connection, HELD)
                self.most = max(self.most, held)
                if (open_runs, runs) != last:
                    last, still = (open_runs, runs), time.monotonic()
                if (runs and not open_runs) or time.monotonic() - still > self.silent_seconds:
                    for job in queries.rows(connection, LEFT):
                        print("open:", *job, file=sys.stderr)
                    return {"most": self.most, "killed": self.killed, "ended": runs - open_runs, "left": left}
                # Two counts in a tight loop would take a core from those who are watched.
                time.sleep(LOOK_SECONDS)
                if held and self.killed < self._kills and time.monotonic() > kill_at:
                    self._kill_one()
                    kill_at = time.monotonic() + KILL_SECONDS

    def _kill_one(self) -> None:
        number = self._random.randrange(PROCESSES)
        process = self._processes[number]
        assert process.pid is not None
        assert process.is_alive(), "a process ended of its own"
        os.kill(process.pid, signal.SIGKILL)
        process.join(10)
        self._processes[number] = self._begin()
        self.killed += 1

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.join(10)


def main(tenant_id: str, seed: str, kills: str, mischief: str = "") -> None:
    if mischief:
        MISCHIEF[mischief]()
    # However often a run loses its worker here, it is no poison.
    setattr(run_set, "MAX_ATTEMPTS", MOST_LOSSES)  # noqa: B010 - mypy knows it as a constant
    tenant = tenant_by_id(uuid.UUID(tenant_id)).ref
    django.db.connections.close_all()
    ring = Ring(tenant, int(seed), int(kills))
    ring.silent_seconds = SILENT_SECONDS_OF_TWINS if mischief else SILENT_SECONDS
    try:
        print(json.dumps(ring.watch()))
    finally:
        ring.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
