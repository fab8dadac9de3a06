"""Holds the jobs of a process in one queue for each tenant. Each queue has limits."""

from __future__ import annotations

import enum
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from automate.kernel.limits import MIB
from automate.outbox.dispatching.claims import TURN_MS
from automate.outbox.jobs import ClaimedJob
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall

Begin = Callable[[RunSet, Sequence[ClaimedJob]], list[StepCall]]
"""The function that begins claimed jobs of a topic. It matches events, or it resumes runs."""

QUEUE_JOBS = 160
"""The maximum number of one tenant's jobs in this process. If many tenants have jobs, the number is lower, so that
there is room for a further tenant."""
PROCESS_JOBS = 640
"""The maximum number of jobs of all tenants that this process holds or is about to claim. Above it, messages wait."""
PROCESS_CALLS = PROCESS_JOBS
"""The maximum number of calls in flight for all tenants. It allows at least one call for each job. Each call has a
socket and up to a few MiB of data. If the process ends, each call in flight becomes uncertain. When the shares
change, there can be more calls for a short time."""
PROCESS_STATE_BYTES = 96 * MIB
"""The estimated memory for the state of runs. Above it, the state of runs with calls in flight is dropped, and few jobs
are claimed at a time."""
PROCESS_REQUEST_BYTES = 96 * MIB
"""The estimated memory for large requests of calls. Further calls wait for others to end."""
PASS_MS = TURN_MS
"""The maximum work of a pass, in milliseconds, while another queue waits for a thread. Such a pass also claims at most
as many jobs as one turn of the relay has. So a turn fits into one pass if few tenants have jobs in this process. A
second pass would have the fixed costs again. After such a pass, the queue goes behind all waiting queues."""
SMALL_JOBS = 8
"""A queue that holds at most so many jobs is small: its passes go before those of other queues."""
CROWDED_JOBS = 4
"""The number of jobs that a queue claims at a time while the process is crowded."""


class Doing(enum.Enum):
    RESTING = enum.auto()
    QUEUED = enum.auto()
    PASSING = enum.auto()
    """In a pass, or in the pause after a failed pass."""


@dataclass(frozen=True)
class Claimed:
    """Claimed jobs that have not begun."""

    begin: Begin
    jobs: Sequence[ClaimedJob]
    until: float


class HeldJobs:
    """The jobs of one tenant that this process has received or claimed."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self.tenant_id = tenant_id
        self.doing = Doing.RESTING
        self.allowed = 0
        """The maximum number of its jobs."""
        self._lock = threading.Lock()
        self._unclaimed: dict[uuid.UUID, Begin] = {}
        self._claimed: list[Claimed] = []
        self._run_set: RunSet | None = None

    def add(self, job_ids: Sequence[uuid.UUID], begin: Begin) -> None:
        """Add the jobs of a message. A repeated job counts once."""
        with self._lock:
            self._unclaimed.update(dict.fromkeys(job_ids, begin))

    def hold(self, jobs: Sequence[ClaimedJob], begin: Begin) -> None:
        """Add claimed jobs to this queue. The next pass begins these jobs."""
        self._claimed = [*self._claimed, Claimed(begin, jobs, time.monotonic() + settings.LEASE_SECONDS)]

    def jobs(self) -> list[ClaimedJob]:
        run_set = self._run_set  # the heartbeat reads it while a pass may release it
        held = run_set.jobs() if run_set else []
        return [*held, *(job for claimed in self._claimed for job in claimed.jobs)]

    def holds(self) -> int:
        run_set = self._run_set
        return sum(len(claimed.jobs) for claimed in self._claimed) + (len(run_set.held) if run_set else 0)

    def weight(self) -> int:
        """Estimate how many bytes of memory this queue's runs take."""
        run_set = self._run_set
        return run_set.weight if run_set else 0

    def call_weight(self) -> int:
        """Estimate how many bytes of memory this queue's large requests take."""
        run_set = self._run_set
        return run_set.call_weight if run_set else 0

    def will_hold(self) -> int:
        """Return the number of jobs that this queue has claimed or received."""
        with self._lock:
            return self.holds() + len(self._unclaimed)

    def is_small(self) -> bool:
        return self.will_hold() <= SMALL_JOBS

    def take_unclaimed(self) -> dict[uuid.UUID, Begin]:
        """Remove and return the received jobs."""
        with self._lock:
            taken, self._unclaimed = self._unclaimed, {}
        return taken


class ProcessShares:
    """Divides the limits of a process among the tenant queues of this process."""

    def __init__(
        self,
        holdings: Mapping[uuid.UUID, HeldJobs],
        jobs_within: Callable[[uuid.UUID, float], int] = lambda _tenant, _milliseconds: QUEUE_JOBS,
    ) -> None:
        self.changed = threading.Condition()
        self._jobs_within = jobs_within
        self.holdings = holdings
        self.isolated = 0
        self.closed = False

    def room(self, queue: HeldJobs) -> int:
        with self.changed:
            self.allow(queue)
            most = QUEUE_JOBS
            if any(other.doing is Doing.QUEUED for other in self.holdings.values()):
                most = min(settings.RELAY_BATCH_JOBS, self._jobs_within(queue.tenant_id, PASS_MS))
        room = 0 if self.closed else min(most, queue.allowed - queue.holds())
        return min(room, CROWDED_JOBS) if self.crowded() else room

    def queued(self) -> list[uuid.UUID]:
        """Return the tenants whose queues wait for a thread."""
        with self.changed:
            return [tenant_id for tenant_id, queue in self.holdings.items() if queue.doing is Doing.QUEUED]

    def crowded(self) -> bool:
        with self.changed:
            return sum(queue.weight() for queue in self.holdings.values()) > PROCESS_STATE_BYTES

    def call_room(self, queue: HeldJobs) -> float:
        """Return how many more bytes of large requests this queue may have in memory.

        All queues with large requests have equal shares of the memory. One more share stays free for a queue that
        has no large request yet.
        """
        with self.changed:
            weights = {other.tenant_id: other.call_weight() for other in self.holdings.values()}
        mine = weights.pop(queue.tenant_id, 0)
        others = [weight for weight in weights.values() if weight]
        return min(PROCESS_REQUEST_BYTES // (len(others) + 2) - mine, PROCESS_REQUEST_BYTES - mine - sum(others))

    def calls(self) -> int:
        """Return the maximum number of calls in flight for one queue. All queues with work have the same maximum."""
        with self.changed:
            queues = sum(1 for queue in self.holdings.values() if queue.holds())
        return PROCESS_CALLS // max(1, queues)

    def yielding(self) -> bool:
        """Return whether the process is stopping. If so, the process hands each run back before the run's next step."""
        return self.closed

    def admits(self, queue: HeldJobs) -> bool:
        """Return whether the queue accepts another message."""
        return queue.allowed > 0 or self.share(queue) > 0

    def allow(self, queue: HeldJobs) -> None:
        """Set how many jobs a queue may hold."""
        will_hold = queue.will_hold()
        queue.allowed = max(min(will_hold, self.share(queue)), min(will_hold, queue.allowed, 1))

    def share(self, queue: HeldJobs) -> int:
        """Return how many jobs a queue may hold."""
        others = [other for other in self.holdings.values() if other is not queue]
        taken = self.isolated + sum(max(other.allowed, other.holds()) for other in others)
        return min(QUEUE_JOBS, max(1, PROCESS_JOBS // (len(others) + 2)), PROCESS_JOBS - taken)
