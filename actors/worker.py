"""The worker process. Dramatiq passes messages from Redis to the tenant scheduler."""

from __future__ import annotations

import contextlib
import queue
import resource
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import dramatiq
import structlog
from django.conf import settings
from dramatiq.broker import MessageProxy
from dramatiq.worker import Worker

from actors.broker import WakingRedisBroker
from actors.call_loop import turns
from actors.connectors.registry import log_refused
from actors.discovery import declare_actors
from actors.environment_names import EnvironmentRecord
from actors.pools import heartbeat, mail_scheduler, run_scheduler
from actors.processes import LoopProgress, note_restore, until_stop_signal
from automate.kernel.allocator import give_memory_back
from automate.outbox.jobs import ClaimedJob
from automate.processes import forgotten_transactions
from automate.processes.garbage import freeze_imported
from automate.processes.metrics_port import serve
from automate.processes.watch import watch as process_watch

log = structlog.get_logger(__name__)

IDLE_MILLISECONDS = 1_000
STOP_SECONDS = 60.0
"""How long a stop waits for calls in flight. The leases of the rest expire, and other workers continue."""
CONSUMER_STOP_SECONDS = 5.0
"""How long the process waits for its consumers to stop. An idle consumer notices the stop within one second, or
within three seconds without Redis."""
CHECK_SECONDS, ROUND_SECONDS = 1.0, 10.0
TURN_SECONDS = 20.0
"""A consumer is stuck if it does not look for messages for this long. Normally it looks every second, or within nine
seconds if Redis does not answer."""

SWITCH_SECONDS = 0.0005
"""How long a thread keeps Python's lock while others want it. A tenant's short pass waits for SQL often. At the default of
5 ms, each thread that works for another tenant would delay this pass by up to 5 ms after each wait. At 0.2 ms, the switches
lower the rate of a crowd of tenants."""
PASS_SECONDS = 300.0
"""If all threads of the scheduler are in a pass and none has finished one for this long, the scheduler is stuck."""


def run() -> None:
    """Run the worker process until SIGTERM or SIGINT. The process then waits until its calls have ended."""
    give_memory_back()
    sys.setswitchinterval(SWITCH_SECONDS)
    stop = until_stop_signal()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (most, most)
    )  # each call in flight has a socket; the default is often 1,024
    # django_dramatiq has made the broker of the setting DRAMATIQ_BROKER.
    broker = cast("WakingRedisBroker", dramatiq.get_broker())
    declare_actors()
    worker = Worker(broker, worker_timeout=IDLE_MILLISECONDS, worker_threads=settings.WORKER_THREADS)
    worker.queue_prefetch = settings.WORKER_THREADS
    serve(settings.METRICS_BIND)
    # The service manager learns that the process lives while it waits for PostgreSQL.
    process_watch.start()
    forgotten_transactions.start()
    note_restore(stop)
    heartbeat.start()
    names = EnvironmentRecord()
    names.start()
    freeze_imported()
    worker.start()
    log_refused()
    log.info("worker started", threads=settings.WORKER_THREADS, actors=sorted(broker.actors))
    with heartbeat.holding(held, run_scheduler.signal), heartbeat.holding(mail_scheduler.jobs, mail_scheduler.signal):
        watch(worker, stop, broker.turned)
        log.info("worker stops", waiting_seconds=STOP_SECONDS)
        drain(worker)
    names.stop()
    heartbeat.stop()
    log.info("worker stopped")


def held() -> Sequence[ClaimedJob]:
    """Return the jobs whose leases this process must renew. Return no jobs while a connector blocks the event loop."""
    return () if turns.silent_seconds() > settings.LEASE_SECONDS else run_scheduler.jobs()


def watch(worker: Worker, stop: threading.Event, turned: Mapping[str, float]) -> None:
    """Check once a second that the worker makes progress. Returns when ``stop`` is set.

    If a part of the process makes no progress, the process ends itself.
    """
    rounds, trouble = LoopProgress(ROUND_SECONDS, settings.OVERDUE_SECONDS), ""
    with contextlib.ExitStack() as following:
        for name, patience, moved in parts(worker, turned):
            following.enter_context(process_watch.following(name, patience, moved))
        while not stop.wait(CHECK_SECONDS):
            rounds.turn()
            before, trouble = trouble, trouble_of(worker, turned)
            if not trouble:
                rounds.done()
            elif trouble != before:
                log.warning("worker makes no progress", trouble=trouble)
    rounds.over()


def parts(worker: Worker, turned: Mapping[str, float]) -> Iterator[tuple[str, float, Callable[[], bool]]]:
    """Yield each watched part of the process."""
    yield "threads", settings.OVERDUE_SECONDS, lambda: all_live(worker)
    yield "consumers", settings.OVERDUE_SECONDS, lambda: all_poll(turned)
    yield "connector calls", settings.OVERDUE_SECONDS, lambda: turns.silent_seconds() < CHECK_SECONDS
    yield "passes", PASS_SECONDS, run_scheduler.hands.moved
    yield "mails", PASS_SECONDS, mail_scheduler.hands.moved


def all_live(worker: Worker) -> bool:
    return all(thread.is_alive() for thread in (*worker.workers, *worker.consumers.values()))


def all_poll(turned: Mapping[str, float]) -> bool:
    now = time.monotonic()
    # A copy: consumers that start meanwhile add themselves.
    return all(now - turned_at <= TURN_SECONDS for turned_at in list(turned.values()))


def trouble_of(worker: Worker, turned: Mapping[str, float]) -> str:
    # Long calls are no reason. Empty if the worker can process jobs. For `turned` see `WakingRedisBroker`.
    if not all_live(worker):
        return "a thread has ended"
    if not all_poll(turned):
        return "a consumer does not look for messages"
    if time.monotonic() - heartbeat.reached_at > settings.LEASE_SECONDS:
        return "PostgreSQL was not reached within a lease"
    if turns.silent_seconds() > settings.LEASE_SECONDS:
        return "a connector has held up all calls for a lease"
    return ""


def drain(worker: Worker) -> None:
    """Stop the worker: return fetched messages to Redis, and wait for calls in flight."""
    run_scheduler.close()
    mail_scheduler.close()
    for thread in worker.workers:
        thread.stop()
    for consumer in worker.consumers.values():
        consumer.stop()
    for consumer in worker.consumers.values():
        consumer.join(CONSUMER_STOP_SECONDS)
    fetched = defaultdict[str, list[MessageProxy]](list)
    with contextlib.suppress(queue.Empty):
        while True:
            message = worker.work_queue.get_nowait().message
            fetched[message.queue_name].append(message)
    for queue_name, messages in fetched.items():
        worker.consumers[queue_name].requeue_messages(messages)
    for consumer in worker.consumers.values():
        consumer.close()
    worker.stop(timeout=int(STOP_SECONDS * 1000))
    run_scheduler.await_rest(STOP_SECONDS)
    mail_scheduler.await_rest(STOP_SECONDS)
