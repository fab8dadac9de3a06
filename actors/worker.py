"""The worker process: Dramatiq's worker threads over our broker, with leases kept in Postgres."""

from __future__ import annotations

import dramatiq
import structlog
from django.conf import settings
from dramatiq.worker import Worker

from actors import advance_runs, match_events
from actors.crew import crew, heartbeat
from actors.processes import until_told_to_stop

log = structlog.get_logger(__name__)

IDLE_MILLISECONDS = 1_000
STOP_MILLISECONDS = 60_000
"""How long a stop waits for calls that are under way; what is left then is found by its lease."""

ACTORS = (match_events.match_events, advance_runs.advance_runs)


def run() -> None:
    """The worker process. After SIGTERM or SIGINT it ends the calls that are under way, and starts no more."""
    stop = until_told_to_stop()
    heartbeat.start()
    worker = Worker(dramatiq.get_broker(), worker_timeout=IDLE_MILLISECONDS, worker_threads=settings.WORKER_THREADS)
    worker.queue_prefetch = settings.WORKER_THREADS
    worker.start()
    log.info("worker started", threads=settings.WORKER_THREADS, actors=[actor.actor_name for actor in ACTORS])
    with heartbeat.holding(crew.jobs):
        stop.wait()
        crew.stop(STOP_MILLISECONDS / 1000)
    worker.stop(timeout=STOP_MILLISECONDS)
    heartbeat.stop()
