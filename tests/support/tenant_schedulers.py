"""A tenant scheduler of a test's own, and a connector's act that lasts until the test lets it end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections

from actors.call_loop import call_loop
from actors.connectors.base import Call
from actors.pinned import PinnedThreads
from actors.pools import heartbeat
from actors.tenant_scheduler import TenantScheduler
from automate.outbox.jobs import DispatchedJob
from tests.support.plane import BEGIN, Plane

SECONDS = 30.0


class Gate:
    """An act of ``Scripted``: each call stays outside until it is let in. calls: all that came, in order."""

    def __init__(self, output: Any = None) -> None:
        self.calls: list[Call] = []
        self._output = {} if output is None else output
        self._waiting: list[asyncio.Future[Any]] = []
        self._changed = threading.Condition()

    def __call__(self, call: Call) -> asyncio.Future[Any]:
        future = asyncio.get_running_loop().create_future()
        with self._changed:
            self.calls.append(call)
            self._waiting.append(future)
            self._changed.notify_all()
        return future

    def await_calls(self, count: int) -> None:
        """Until so many have come, those that were let in counted."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.calls) >= count, SECONDS)
        assert came, f"{len(self.calls)} of {count} calls came"

    def let_in(self, count: int | None = None, *, first: int = 0) -> None:
        """Let calls end, the longest waiting first, all in one turn of the event loop."""
        with self._changed:
            ending = self._waiting[first:][:count]
            self._waiting = [future for future in self._waiting if future not in ending]

        def end() -> None:
            for future in ending:
                if not future.done():
                    future.set_result(self._output)

        call_loop().call_soon_threadsafe(end)


@contextmanager
def a_scheduler(threads: int = 1) -> Iterator[TenantScheduler]:
    """A tenant scheduler that is closed at the end; what it has under way must have been let end."""
    scheduler = TenantScheduler(threads, heartbeat)
    try:
        yield scheduler
    finally:
        scheduler.close()
        scheduler.await_rest(SECONDS)
        _end(scheduler._passes, threads)
        with scheduler._isolating as isolating:
            isolating.submit(connections.close_all)


def _end(pool: PinnedThreads, size: int) -> None:
    """Each thread closes its own connection."""
    together = threading.Barrier(size)

    def close() -> None:
        together.wait(SECONDS)
        connections.close_all()

    for key in range(size):
        pool.submit(key, close)
    pool.close()


def give(scheduler: TenantScheduler, plane: Plane, jobs: Sequence[DispatchedJob] | None = None) -> list[DispatchedJob]:
    """Dispatch what is due of one tenant, or take what was, and hand it to the tenant scheduler in one message for each topic."""
    given = [job for job in (plane.dispatch() if jobs is None else jobs) if job.tenant_id == plane.tenant.id]
    for topic, begin in BEGIN.items():
        ids = [job.id for job in given if job.topic == topic]
        if ids:
            scheduler.take(plane.tenant.id, ids, begin)
    return given


def in_thread(act: Callable[[], object]) -> threading.Thread:
    """Start something that may block, which closes its connection at its end."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def unlimited(plane: Plane) -> None:
    """Let as many runs of a tenant be under way as a test has."""
    plane.root.execute(
        "UPDATE public.budget SET \"limit\" = 1000000 WHERE tenant_id = %s AND metric = 'concurrent_runs'",
        plane.tenant.id,
    )
