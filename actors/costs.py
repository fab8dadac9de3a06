"""Measures how much worker time the jobs of each tenant take. The relay charges the tenants for this time.

A worker processes a tenant's jobs in passes. The cost of a pass is the larger of two values: its processor
time, and its duration divided by the number of threads.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from actors.tenant_queue import TenantQueue
from automate.outbox import costs
from automate.outbox.dispatching.claims import JOB_MS

MEASURED_JOBS = 20
"""The minimum number of jobs in a measurement."""
FEW = 8
"""A pass has few jobs if it has fewer claimed jobs than this, and fewer results of calls."""
FIXED_MS = 40.0
"""The maximum fixed cost of a pass that begins jobs or records results. A pass that does both may cost twice as much.
On a busy machine, each statement of a pass waits for a processor."""
NEW_SHARE = 0.3
"""The weight of a new measurement in the running mean."""
CHANGED = 1.25
"""A new cost is reported to the relay if it differs from the reported one by this factor."""
TENANTS = 2_000
"""The number of tenants whose costs are remembered. Above it, the costs of all tenants are measured again."""


@dataclass
class _Measured:
    # Jobs and seconds are counted since the last result.
    jobs: int = 0
    seconds: float = 0.0
    fixed_seconds: float = 0.0
    """The part of ``seconds`` that can be the fixed cost of passes with few jobs."""
    milliseconds: float | None = None
    """The cost of a job; None as long as the measurements do not exclude JOB_MS."""
    reported: float | None = None
    """The last value that was sent to the relay; None before the first."""

    def take_bounds(self) -> tuple[float, float]:
        # The lowest and the highest possible cost of a job, in milliseconds.
        jobs, seconds, fixed = self.jobs, self.seconds, self.fixed_seconds
        self.jobs, self.seconds, self.fixed_seconds = 0, 0.0, 0.0
        return 1_000 * (seconds - fixed) / jobs, 1_000 * seconds / jobs


class Costs:
    """The cost of each tenant's jobs in this process.

    ``report`` sends a tenant's cost per job, in milliseconds, to the relay.
    """

    def __init__(self, threads: int, report: Callable[[Mapping[uuid.UUID, float]], object] = costs.report) -> None:
        self._threads, self._report = threads, report
        self._lock = threading.Lock()
        self._measured: dict[uuid.UUID, _Measured] = {}

    @contextmanager
    def measuring(self, queue: TenantQueue, given: Callable[[], float] = lambda: 0.0) -> Iterator[None]:
        """Measure the cost of one pass of ``queue``. The block must contain exactly this pass.

        ``given`` returns for how many seconds this thread has given way to other tenants. The pass does not pay for them.
        """
        away = given()
        began, used, claimed, returned = time.perf_counter(), time.thread_time(), queue.claimed, queue.returned
        try:
            yield
        finally:
            held, used = time.perf_counter() - began - (given() - away), time.thread_time() - used
            jobs, results = queue.claimed - claimed, queue.returned - returned
            changed = self.note(queue.tenant_id, jobs, max(used, held / self._threads), results)
            if changed is not None:
                self._report({queue.tenant_id: changed})

    def jobs_within(self, tenant_id: uuid.UUID, milliseconds: float) -> int:
        """Return how many of the tenant's jobs fit into ``milliseconds``. The result is at least 1."""
        found = self._measured.get(tenant_id)
        each = JOB_MS if found is None or found.milliseconds is None else found.milliseconds
        return max(1, int(milliseconds / each))

    def note(self, tenant_id: uuid.UUID, jobs: int, seconds: float, results: int = 0) -> float | None:
        """Add the measurements of one pass of the tenant's jobs.

        Returns the tenant's new cost per job, in milliseconds, if the relay must learn this cost. Otherwise returns
        None.
        """
        with self._lock:
            if len(self._measured) >= TENANTS and tenant_id not in self._measured:
                self._measured.clear()
            found = self._measured.setdefault(tenant_id, _Measured())
            found.jobs += jobs
            found.seconds += seconds
            if max(jobs, results) < FEW:
                transactions = 2 if jobs and results else 1
                found.fixed_seconds += min(seconds, transactions * FIXED_MS / 1_000)
            if found.jobs < MEASURED_JOBS:
                return None
            old = found.milliseconds
            least, most = found.take_bounds()
            if old is None and least < JOB_MS < most:
                return None
            found.milliseconds = _within(JOB_MS, least, most) if old is None else _moved(old, _within(old, least, most))
            if found.reported is not None and found.reported / CHANGED < found.milliseconds < found.reported * CHANGED:
                return None
            found.reported = found.milliseconds
            return found.milliseconds


def _within(milliseconds: float, least: float, most: float) -> float:
    return max(least, min(most, milliseconds))


def _moved(old: float, new: float) -> float:
    return old + NEW_SHARE * (new - old)
