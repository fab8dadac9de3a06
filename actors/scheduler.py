"""The scheduler process: keeps spare schemas ready and removes old rows."""

from __future__ import annotations

import threading
import time

import structlog
from django.conf import settings
from django.db import Error, connections

from actors.processes import LoopProgress, until_stop_signal
from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from automate.outbox import claims
from automate.outbox.wakeups import SCHEDULER_KEY, wait_for_wakeup
from automate.processes import forgotten_transactions
from automate.processes.metrics_port import serve
from automate.processes.watch import watch
from tenants.housekeeping import maintain
from tenants.provisioning import keep_spare_schemas
from tenants.purge_queries import purge_due
from tenants.routers import ADMIN
from tenants.sweeping.sweeper import Sweeper
from tenants.tallies import close_tallies
from tenants.usage_hours import close_hours

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
PRUNE_EVERY_SECONDS = 60.0
DONE_KEPT_SECONDS = 1_800.0
"""How long done jobs are kept. They are removed within an hour of their end."""
PRUNE_ROWS = 5_000
HOUSEKEEPING_SECONDS = 5.0
"""The maximum time of the housekeeping, which runs once in PRUNE_EVERY_SECONDS."""
CLOSE_EVERY_SECONDS, CLOSE_SECONDS = 10.0, 5.0
"""The interval at which tallies become audit entries, and the maximum time for that."""
LONGEST_SWEPT_SECONDS = 5.0
"""A sweep takes a share of the time since the last sweep. If a round is late, at most this time counts."""
ROUND_SECONDS = 25.0
"""Longer than a round takes to create its spare schemas and to do the housekeeping."""


def prune() -> int:
    """Remove done jobs in small transactions. Returns the number of removed jobs."""
    gone = 0
    with administering(PUBLIC_SCHEMA):
        while True:
            count = claims.prune(connections[ADMIN], older_than_seconds=DONE_KEPT_SECONDS, most=PRUNE_ROWS)
            gone += count
            if count < PRUNE_ROWS:
                return gone


def run() -> None:
    """Run the scheduler process. Returns after SIGTERM or SIGINT."""
    stop = until_stop_signal()
    serve(settings.METRICS_BIND)
    # Statements of the owner's login have no timeout: the process ends itself if one is never answered.
    rounds = LoopProgress(TICK_SECONDS + ROUND_SECONDS, settings.OVERDUE_SECONDS + ROUND_SECONDS)
    watch.start()
    forgotten_transactions.start()
    run_rounds(stop, rounds)
    rounds.over()


def run_rounds(stop: threading.Event, rounds: LoopProgress) -> None:
    pruned_at = closed_at = 0.0
    sweeper, swept_at = Sweeper(), time.monotonic()
    while not stop.is_set():
        rounds.turn()
        wait_for_wakeup(SCHEDULER_KEY, TICK_SECONDS)
        try:
            made = keep_spare_schemas()
            if made:
                log.info("spare schemas made", count=made)
            if time.monotonic() - closed_at > CLOSE_EVERY_SECONDS:
                closed_at = time.monotonic()
                close_tallies(CLOSE_SECONDS)
                rounds.turn()
            since = min(time.monotonic() - swept_at, LONGEST_SWEPT_SECONDS)
            swept_at = time.monotonic()
            sweeper.sweep(since * settings.RETENTION_SHARE)
            rounds.turn()
            if time.monotonic() - pruned_at > PRUNE_EVERY_SECONDS:
                pruned_at = time.monotonic()
                prune()
                rounds.turn()
                maintain(HOUSEKEEPING_SECONDS)
                rounds.turn()
                close_hours()
                rounds.turn()
                purge_due()
                rounds.turn()
            rounds.done()
        except Error as error:
            log.warning("database away", error=str(error))
            connections.close_all()
