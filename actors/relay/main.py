"""The relay: dispatches due jobs to the worker pool. Any number of them may run."""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache

import dramatiq
import redis
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from actors.advance_bulk import advance_bulk
from actors.advance_runs import advance_runs
from actors.backtest_rules import backtest_rules
from actors.close_windows import close_windows
from actors.index_events import index_events
from actors.mails.actors import notify_approvals, notify_invitations, send_mails, tell_notices
from actors.match_events import match_events
from actors.processes import Rounds, report_restore, until_told_to_stop
from actors.relay import metrics
from actors.relay.messages import FIRST_TENANT, arguments, batches
from actors.relay.room import Room
from actors.relay.shares import Shares
from actors.tick_schedules import tick_schedules
from automate.kernel.answering import answers_within
from automate.kernel.metrics import DISPATCH_DELAY, DISPATCH_SECONDS, DISPATCHED
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import claims, costs, queries
from automate.outbox.claims import (
    APPROVAL_NOTIFY,
    BULK_ADVANCE,
    EVENT_MATCH,
    EVENT_REINDEX,
    INVITATION_NOTIFY,
    MAIL_SEND,
    NOTICE_TELL,
    RULE_BACKTEST,
    RULE_WINDOW,
    RUN_ADVANCE,
    SCHEDULE_TICK,
)
from automate.outbox.dispatching import claims as dispatching
from automate.outbox.epochs import transitions as epochs
from automate.outbox.hints import RELAY_KEY, wait_for_hint
from automate.outbox.jobs import DispatchedJob
from automate.processes.metrics_port import serve
from automate.processes.watch import watch

log = structlog.get_logger(__name__)

ACTORS = {
    EVENT_MATCH: match_events,
    RUN_ADVANCE: advance_runs,
    BULK_ADVANCE: advance_bulk,
    RULE_BACKTEST: backtest_rules,
    SCHEDULE_TICK: tick_schedules,
    RULE_WINDOW: close_windows,
    EVENT_REINDEX: index_events,
    APPROVAL_NOTIFY: notify_approvals,
    INVITATION_NOTIFY: notify_invitations,
    MAIL_SEND: send_mails,
    NOTICE_TELL: tell_notices,
}
_dispatch_delay = cache(DISPATCH_DELAY.labels)

ROOM_WINDOWS = 4
"""How many tenants' full windows may wait in Redis before it is measured how fast they are claimed; the backlog waits in Postgres."""
COSTS_SECONDS = 1.0
"""How often the relay reads what jobs of each tenant cost."""
AWAY_SECONDS = 0.5
"""Between tries while Postgres or Redis is away."""
ROUND_SECONDS = 15.0
"""Longer than any round takes, the wait for a hint aside."""
ANSWER_SECONDS = 8.0
"""How long PostgreSQL may stay silent at first. Dispatching takes milliseconds; each failure doubles the time, so that a slow
PostgreSQL gets all that its ``statement_timeout`` allows."""


class Relay:
    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.after = FIRST_TENANT
        self.shares = Shares()
        self.costs: Mapping[uuid.UUID, float] = {}
        self.costs_read_at = -math.inf
        first = settings.RELAY_WINDOW_JOBS * ROOM_WINDOWS * dispatching.JOB_MS
        self.room = Room(first, min(settings.RELAY_BATCH_JOBS * dispatching.JOB_MS, dispatching.TURN_MS))
        self.rounds = Rounds(settings.RELAY_POLL_SECONDS + ROUND_SECONDS, settings.OVERDUE_SECONDS)
        self.answer_seconds = ANSWER_SECONDS
        self.compared = False

    def run(self) -> None:
        while not self.stop.is_set():
            self.rounds.turn()
            try:
                with (
                    acting_for_platform("dispatch due jobs of all tenants", QUEUE_ROLE),
                    answers_within(self.answer_seconds),
                ):
                    if not self.compared:
                        report_restore(epochs.note_restore())
                        self.compared = True
                    sent = self.dispatch()
                    wait = None if sent else queries.seconds_to_next_due()
            except (OperationalError, InterfaceError) as error:
                log.warning("database away", error=str(error))
                connection.close()
                self.answer_seconds = min(2 * self.answer_seconds, settings.ANSWER_SECONDS)
                self.stop.wait(AWAY_SECONDS)
                # It may be another database that comes back.
                self.compared = False
                continue
            self.answer_seconds = ANSWER_SECONDS
            self.rounds.done()
            if not sent:
                poll = settings.RELAY_POLL_SECONDS
                wait_for_hint(RELAY_KEY, poll if wait is None else min(wait, poll))
            elif sent < 0:
                self.stop.wait(AWAY_SECONDS)

    def dispatch(self) -> int:
        """Commit first, send after: a crash in between costs a resend. Returns how many jobs went out, -1 without Redis."""
        self.read_costs()
        room = self.room.milliseconds()
        with DISPATCH_SECONDS.time():
            jobs = dispatching.dispatch(
                window=settings.RELAY_WINDOW_JOBS,
                room=room,
                batch=settings.RELAY_BATCH_JOBS,
                resend_seconds=settings.RESEND_SECONDS,
                after=self.after,
                debts=self.shares.debts(),
                costs=self.costs,
            )
        waiting = list(batches(jobs, settings.RELAY_BATCH_JOBS))
        for position, batch in enumerate(waiting):
            self.rounds.turn()
            try:
                ACTORS[batch[0].topic].send(*arguments(batch))
            except (redis.RedisError, dramatiq.DramatiqError) as error:
                log.warning("broker away; jobs go back", error=str(error))
                claims.take_back([job.id for rest in waiting[position:] for job in rest])
                return -1
            count(batch)
        self.shares.charge(jobs)
        self.room.note(jobs, room)
        if jobs:
            self.after = last_served({job.tenant_id for job in jobs}, self.after)
        return len(jobs)

    def read_costs(self) -> None:
        """What jobs cost, as workers measured it. While Redis is away, the last answer stands."""
        now = time.monotonic()
        if now - self.costs_read_at >= COSTS_SECONDS:
            self.costs_read_at = now
            found = costs.read()
            self.costs = self.costs if found is None else found


def count(jobs: Collection[DispatchedJob]) -> None:
    """Count jobs that were sent."""
    for topic, number in Counter(job.topic for job in jobs).items():
        DISPATCHED.labels(topic).inc(number)
    for job in jobs:
        _dispatch_delay(job.topic).observe(job.late_seconds)


def last_served(tenants: Collection[uuid.UUID], after: uuid.UUID) -> uuid.UUID:
    """Where a round ended that began behind a tenant: the furthest around the ring, so that the next goes on from there."""
    return max(tenants, key=lambda tenant: (tenant <= after, tenant))


def run() -> None:
    """The relay process. Returns after SIGTERM or SIGINT."""
    metrics.register()
    serve(settings.METRICS_BIND, metrics.of_tenants)
    relay = Relay(until_told_to_stop())
    watch.start()
    relay.run()
    relay.rounds.over()
