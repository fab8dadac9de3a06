"""The relay sends due jobs to the workers. Several relays can run."""

from __future__ import annotations

import math
import statistics
import threading
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import attrgetter

import dramatiq
import redis
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from actors.holding import SMALL_JOBS
from actors.processes import LoopProgress, report_restore, until_stop_signal
from actors.relay import metrics
from actors.relay.turns import LaterTurns, Room, Shares
from actors.tasks import begin_jobs
from automate.kernel.answering import answers_within
from automate.kernel.metrics import DISPATCH_DELAY, DISPATCH_SECONDS, DISPATCHED
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import claims, costs, queries
from automate.outbox.dispatching import claims as dispatching
from automate.outbox.epochs import transitions as epochs
from automate.outbox.giving_way import small_work
from automate.outbox.jobs import DispatchedJob, DispatchRound
from automate.outbox.wakeups import CLAIMED_KEY, RELAY_KEY, forget_claims, is_woken, wait_for_claims, wait_for_wakeup
from automate.processes import forgotten_transactions
from automate.processes.garbage import freeze_imported
from automate.processes.metrics_port import serve
from automate.processes.watch import watch

log = structlog.get_logger(__name__)

_dispatch_delay = cache(DISPATCH_DELAY.labels)

ROOM_WINDOWS = 2
"""The number of tenants whose full windows may wait in Redis. It applies until the rate of claims is known. The
backlog waits in PostgreSQL."""
COSTS_SECONDS = 1.0
"""The interval at which the relay reads the costs of each tenant's jobs, looks at the backlogs of all tenants, and lets
PostgreSQL plan the relay's statement again."""
FULL_SECONDS = 0.08
"""The maximum wait for claims while the room for waiting work is full."""
GAP_SECONDS = 0.01
"""The rest after a round that a new job began while the room was full. It limits the number of rounds while many jobs
arrive."""
NEWCOMERS = 0.5
"""The share of the room that tenants with few jobs and no debt may fill in addition, so that they need not wait for
claims."""
AWAY_SECONDS = 0.5
"""The delay between attempts while PostgreSQL or Redis is unavailable."""
ROUND_SECONDS = 15.0
"""Longer than any round takes, not counting its wait for a wakeup."""
ANSWER_SECONDS = 8.0
"""How long the relay first waits for an answer of PostgreSQL. The statement takes milliseconds. Each failure doubles
the wait, so that a slow PostgreSQL gets the whole time of its ``statement_timeout``."""


FIRST_TENANT = uuid.UUID(int=0)


class Relay:
    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.after = FIRST_TENANT
        self.shares = Shares()
        self.later = LaterTurns()
        self.costs: Mapping[uuid.UUID, float] = {}
        self.usual_ms = dispatching.JOB_MS
        self.costs_read_at = -math.inf
        first = settings.RELAY_WINDOW_JOBS * ROOM_WINDOWS * dispatching.JOB_MS
        self.room = Room(first, min(settings.RELAY_BATCH_JOBS * dispatching.JOB_MS, dispatching.TURN_MS))
        self.progress = LoopProgress(settings.RELAY_POLL_SECONDS + ROUND_SECONDS, settings.OVERDUE_SECONDS)
        self.answer_seconds = ANSWER_SECONDS
        self.compared = False
        self.job_ms = dispatching.JOB_MS
        """The mean of the milliseconds of the jobs in the last round that sent much of the room."""
        self.more = False
        """Whether the last round saw due jobs that it can send once workers have claimed others."""
        self.again = False
        """Whether another round may send more jobs at once."""
        self.looked_at: datetime | None = None
        """The time at which the last round looked for due jobs."""
        self.surplus = 0
        """The number of jobs that workers must claim until half of the room for waiting work is free. 0 if the room is not
        full. A round for each claim would cost much and send little."""

    def run(self) -> None:
        woken = False
        while not self.stop.is_set():
            rest, woken = woken, False
            self.progress.turn()
            try:
                with (
                    acting_for_platform("dispatch due jobs of all tenants", QUEUE_ROLE),
                    answers_within(self.answer_seconds),
                ):
                    if not self.compared:
                        dispatching.reuse_plans()
                        report_restore(epochs.note_restore())
                        self.compared = True
                    sent = self.dispatch()
                    wait = None if sent < 0 or self.again or self.surplus else self.rest_seconds()
            except (OperationalError, InterfaceError) as error:
                log.warning("database away", error=str(error))
                connection.close()
                self.answer_seconds = min(2 * self.answer_seconds, settings.ANSWER_SECONDS)
                self.stop.wait(AWAY_SECONDS)
                # Another database may return.
                self.compared = False
                continue
            self.answer_seconds = ANSWER_SECONDS
            self.progress.done()
            if sent < 0:
                self.stop.wait(AWAY_SECONDS)
            elif self.surplus:
                if rest:
                    self.stop.wait(GAP_SECONDS)
                woken = wait_for_claims(self.surplus, FULL_SECONDS)
            elif wait is not None:
                wait_for_wakeup(RELAY_KEY, wait, *self.more_keys())

    def more_keys(self) -> list[str]:
        # Claims wake a relay that has more to send.
        return [CLAIMED_KEY] if self.more else []

    def rest_seconds(self) -> float:
        """The longest wait until the next round."""
        poll: float = settings.RELAY_POLL_SECONDS
        if is_woken(RELAY_KEY, *self.more_keys()):
            # The relay will not wait, and the statement reads a row of each tenant with open jobs.
            return poll
        # A job that became due after the round had looked for due jobs is not forgotten.
        wait = queries.seconds_to_next_due(self.looked_at)
        return poll if wait is None else min(wait, poll)

    def dispatch(self) -> int:
        """Mark due jobs as sent, commit, and then send the jobs. Returns their number, or -1 if Redis is unavailable."""
        self.read_costs()
        room = self.room.milliseconds()
        if self.more or self.surplus:
            # Otherwise claims are not awaited, and a lone event would pay for this.
            forget_claims()
        with DISPATCH_SECONDS.time():
            found = self.mark(room)
        jobs = found.jobs
        # Small messages first: each message takes two round trips to Redis.
        waiting = sorted(batches(jobs, settings.RELAY_BATCH_JOBS), key=len)
        for position, batch in enumerate(waiting):
            self.progress.turn()
            try:
                begin_jobs.send(*arguments(batch))
            except (redis.RedisError, dramatiq.DramatiqError) as error:
                log.warning("broker away; jobs go back", error=str(error))
                claims.take_back([job.id for rest in waiting[position:] for job in rest])
                return -1
            count(batch)
            if len(batch) <= SMALL_JOBS and not self.shares.owes(batch[0].tenant_id):
                small_work.expect(batch[0].tenant_id)
        self.shares.charge(jobs)
        self.room.note(jobs, room)
        sent_ms = sum(job.milliseconds for job in jobs)
        if sent_ms >= room / 4:
            self.job_ms = sent_ms / len(jobs)
        if jobs:
            self.after = last_served({job.tenant_id for job in jobs}, self.after)
        self.more = found.held_back or bool(found.later)
        filled = found.waiting + sent_ms
        self.surplus = math.ceil((filled - room / 2) / self.job_ms) if filled >= room else 0
        self.looked_at = found.at
        self.again = bool(jobs) and not self.surplus and (found.missed or self.later.are_known())
        return len(jobs)

    def mark(self, room: float) -> DispatchRound:
        """Mark due jobs as sent."""
        debts, reserve = self.shares.debts(), room * NEWCOMERS
        # A second round looks at all tenants, if the first one skipped some and found no job for a room that is not full.
        while True:
            skipped = self.later.skippable(debts, room=room + reserve, after=self.after)
            found = dispatching.dispatch(
                window=settings.RELAY_WINDOW_JOBS,
                room=room,
                reserve=reserve,
                batch=settings.RELAY_BATCH_JOBS,
                resend_seconds=settings.RESEND_SECONDS,
                after=self.after,
                debts=debts,
                costs=self.costs,
                usual_ms=self.usual_ms,
                skipped=skipped,
            )
            if found.jobs or found.waiting >= room or not skipped:
                self.later.remember([*skipped, *found.later])
                return found
            self.later.forget()

    def look_again(self) -> None:
        """Forget two things: the query plan of the dispatch statement, and the tenants without a turn."""
        dispatching.plan_again()
        self.later.forget()

    def read_costs(self) -> None:
        """About once a second, read the costs of jobs, forget the tenants without a turn, and let PostgreSQL plan the statement again.

        A tenant without a measured cost gets the median of all measured costs, at most JOB_MS.
        """
        now = time.monotonic()
        if now - self.costs_read_at >= COSTS_SECONDS:
            self.costs_read_at = now
            self.look_again()
            found = costs.read()
            self.costs = self.costs if found is None else found
            if self.costs:
                self.usual_ms = min(dispatching.JOB_MS, statistics.median(self.costs.values()))


def batches(jobs: Sequence[DispatchedJob], most: int) -> Iterator[list[DispatchedJob]]:
    """Divide jobs into groups. ``most`` is the maximum size of a group. A job whose last worker died is alone in its group."""
    ordered = sorted(jobs, key=lambda job: (job.tenant_id, job.topic, job.id))
    for _, group in groupby(ordered, key=attrgetter("tenant_id", "topic")):
        mates: list[DispatchedJob] = []
        for job in group:
            if job.alone:
                yield [job]
                continue
            mates.append(job)
            if len(mates) == most:
                yield mates
                mates = []
        if mates:
            yield mates


def arguments(batch: Sequence[DispatchedJob]) -> tuple[str, str, list[str]]:
    """Return the arguments of a message: the topic, the tenant's id, and the jobs' ids."""
    return batch[0].topic, str(batch[0].tenant_id), [str(job.id) for job in batch]


def count(jobs: Collection[DispatchedJob]) -> None:
    for topic, number in Counter(job.topic for job in jobs).items():
        DISPATCHED.labels(topic).inc(number)
    for job in jobs:
        _dispatch_delay(job.topic).observe(job.late_seconds)


def last_served(tenants: Collection[uuid.UUID], after: uuid.UUID) -> uuid.UUID:
    # A round begins with the first id above `after`, and continues with the lowest id after the highest one.
    return max(tenants, key=lambda tenant: (tenant <= after, tenant))


def run() -> None:
    """Run the relay process. Returns after SIGTERM or SIGINT."""
    metrics.register()
    serve(settings.METRICS_BIND, metrics.of_tenants)
    relay = Relay(until_stop_signal())
    watch.start()
    forgotten_transactions.start()
    freeze_imported()
    relay.run()
    relay.progress.over()
