"""Measures how much worker time each tenant's jobs take in this process. The relay charges the tenants for this time.

A pass uses processor time, and it occupies one of the process's threads. The cost of a pass is the larger of two
values: its processor time, and its duration divided by the number of threads. Calls in flight cost nothing.
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
"""A measurement has so many jobs at least."""
NEW_SHARE = 0.3
"""How much a measurement counts beside those before it."""
CHANGED = 1.25
"""A new cost is reported to the relay if it differs from the reported one by this factor."""
TENANTS = 2_000
"""The number of tenants whose costs are remembered. Above it, the costs of all tenants are measured again."""


@dataclass
class _Measured:
    """Measurements of one tenant. reported: the last cost that was sent to the relay; None before the first report."""

    jobs: int = 0
    seconds: float = 0.0
    milliseconds: float | None = None
    reported: float | None = None


class Costs:
    """The costs of each tenant's jobs in this process.

    - threads: the number of threads that make passes.
    - report: sends to the relay, for each tenant, the milliseconds of one job.
    """

    def __init__(self, threads: int, report: Callable[[Mapping[uuid.UUID, float]], object] = costs.report) -> None:
        self._threads, self._report = threads, report
        self._lock = threading.Lock()
        self._measured: dict[uuid.UUID, _Measured] = {}

    @contextmanager
    def measuring(self, queue: TenantQueue) -> Iterator[None]:
        """Measure how long the block takes, which is one pass, and charge this time to the queue's tenant."""
        began, used, claimed = time.perf_counter(), time.thread_time(), queue.claimed
        try:
            yield
        finally:
            held, used = time.perf_counter() - began, time.thread_time() - used
            changed = self.note(queue.tenant_id, queue.claimed - claimed, max(used, held / self._threads))
            if changed is not None:
                self._report({queue.tenant_id: changed})

    def jobs_within(self, tenant_id: uuid.UUID, milliseconds: float) -> int:
        """The number of the tenant's jobs that fit into this many milliseconds, at least one."""
        found = self._measured.get(tenant_id)
        each = JOB_MS if found is None or found.milliseconds is None else found.milliseconds
        return max(1, int(milliseconds / each))

    def note(self, tenant_id: uuid.UUID, jobs: int, seconds: float) -> float | None:
        """Add a pass to the measurements.

        Returns the milliseconds of a job if the relay must learn a new value, otherwise None.
        """
        with self._lock:
            if len(self._measured) >= TENANTS and tenant_id not in self._measured:
                self._measured.clear()
            found = self._measured.setdefault(tenant_id, _Measured())
            found.jobs += jobs
            found.seconds += seconds
            if found.jobs < MEASURED_JOBS:
                return None
            new = 1_000 * found.seconds / found.jobs
            old = found.milliseconds
            found.milliseconds = new if old is None else old + NEW_SHARE * (new - old)
            found.jobs, found.seconds = 0, 0.0
            if found.reported is not None and found.reported / CHANGED < found.milliseconds < found.reported * CHANGED:
                return None
            found.reported = found.milliseconds
            return found.milliseconds
