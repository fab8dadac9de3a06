"""The threads of a worker process, and how much it takes on: each lane's passes in turn, so that no tenant waits for
more than one pass of each other one. What may end the process goes to its quarantine.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import structlog
from django.conf import settings
from django.db import Error, connection

from actors.calls import later
from actors.costs import Costs
from actors.heartbeat import Heartbeat
from actors.hosting import Begin
from actors.lane import Doing, Lane
from actors.pinned import PinnedThreads
from actors.quarantine import Quarantine, batches_of_suspects
from automate.kernel.limits import MIB
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.outbox import claims, transitions
from automate.outbox.dispatching.claims import TURN_MS
from automate.outbox.hints import wake_relay
from automate.outbox.jobs import ClaimedJob
from automate.processes.watch import Hands
from automate.recovery import poison
from tenants.directory import tenant_by_id

log = structlog.get_logger(__name__)

LANE_JOBS = 160
"""How many jobs of one tenant this process holds at once, where there is room for one more tenant's besides."""
PROCESS_JOBS = 640
"""How many it holds of all tenants, or is about to claim; above that, messages wait."""
PROCESS_CALLS = PROCESS_JOBS
"""How many calls it has under way of all tenants: one for each job at least. Each has a socket and up to a few MiB of what
it sends and gets, and each is uncertain where the process ends. While shares are divided anew it may be some more."""
PROCESS_STATE_BYTES = 96 * MIB
"""How much state of runs it keeps in memory, estimated. Above that it drops the state of runs whose calls are in flight, and
claims few jobs at a time."""
PROCESS_REQUEST_BYTES = 96 * MIB
"""How much memory large requests of its calls may take, estimated. Calls that find no room wait for others to end."""
PASS_JOBS, PASS_MS = 40, TURN_MS
"""How many a lane claims in a pass while another lane waits for a thread, and milliseconds of their work: then it goes to the end of
the line."""
SESSION_TENANTS = 160
"""How many tenants a session of a thread serves before a new one takes its place: it remembers 0.4 MB of each."""
CROWDED_JOBS = 4
"""How many a lane claims at a time then."""
FAULT_SECONDS = 0.5
"""How long a lane rests after a pass that failed as a whole, such as while Postgres is away."""


@dataclass(frozen=True)
class _Batch:
    """Suspects that wait for the quarantine."""

    tenant_id: uuid.UUID
    suspects: Sequence[ClaimedJob]
    begin: Begin


class Crew:
    """threads: how many lanes make a pass at once."""

    def __init__(self, threads: int, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat
        self._changed = threading.Condition()
        self._lanes: dict[uuid.UUID, Lane] = {}
        self._suspects: list[ClaimedJob] = []
        self._batches: deque[_Batch] = deque()
        self._closed = False
        self.hands = Hands(threads)
        self._passes = PinnedThreads(threads, "lane")
        self._costs = Costs(threads)
        self._served = threading.local()
        self._quarantine = Quarantine()
        self._isolating = ThreadPoolExecutor(1, thread_name_prefix="quarantine")

    def take(self, tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], begin: Begin) -> None:
        """Take on the jobs of a message. Blocks while this process holds as much as it may; returns before they are done."""
        newcomer = Lane(tenant_id, self)
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._admits(self._lanes.get(tenant_id, newcomer)))
            if not self._closed:
                lane = self._lanes.setdefault(tenant_id, newcomer)
                lane.add(job_ids, begin)
                self._allow(lane)
                self.ready(lane)
                return
        hand_back(job_ids)

    def jobs(self) -> list[ClaimedJob]:
        """All whose leases the heartbeat has to renew."""
        with self._changed:
            return [*self._suspects, *(job for lane in self._lanes.values() for job in lane.jobs())]

    def tell(self, job_ids: Collection[uuid.UUID]) -> None:
        """Look at jobs that bear a signal, without waiting for their calls."""
        with self._changed:
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.tell(job_ids)

    def close(self) -> None:
        """Take on no more, start no further step, and hand back what was not begun."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            unclaimed = [job_id for lane in self._lanes.values() for job_id in lane.take_unclaimed()]
            unbegun = [job for batch in self._batches for job in batch.suspects]
            self._batches.clear()
        self._quarantine.stop()
        hand_back(unclaimed, unbegun)
        self._dealt_with(unbegun)

    def await_rest(self, timeout_seconds: float) -> bool:
        """Wait until nothing is under way; False where the time is over. What is left then is found by its lease."""
        with self._changed:
            rested = self._changed.wait_for(lambda: self._at_rest() and not self._suspects, timeout_seconds)
        self._quarantine.close()
        return rested

    def ready(self, lane: Lane) -> None:
        if lane.doing is not Doing.RESTING:
            # Whoever makes its pass looks once more afterwards.
            return
        with self._changed:
            if lane.doing is Doing.RESTING:
                self._queue(lane)

    def room(self, lane: Lane) -> int:
        with self._changed:
            self._allow(lane)
            most = LANE_JOBS
            if any(other.doing is Doing.QUEUED for other in self._lanes.values()):
                most = min(PASS_JOBS, self._costs.jobs_within(lane.tenant_id, PASS_MS))
        room = 0 if self._closed else min(most, lane.allowed - lane.holds())
        return min(room, CROWDED_JOBS) if self.crowded() else room

    def crowded(self) -> bool:
        with self._changed:
            return sum(lane.weight() for lane in self._lanes.values()) > PROCESS_STATE_BYTES

    def call_room(self, lane: Lane) -> float:
        """The bytes that other lanes leave free, at most an equal share. One share stays reserved for a lane that may come."""
        with self._changed:
            weights = {other.tenant_id: other.call_weight() for other in self._lanes.values()}
        mine = weights.pop(lane.tenant_id, 0)
        others = [weight for weight in weights.values() if weight]
        return min(PROCESS_REQUEST_BYTES // (len(others) + 2) - mine, PROCESS_REQUEST_BYTES - mine - sum(others))

    def calls(self) -> int:
        """An equal part for each lane that holds something."""
        with self._changed:
            lanes = sum(1 for lane in self._lanes.values() if lane.holds())
        return PROCESS_CALLS // max(1, lanes)

    def yielding(self) -> bool:
        return self._closed

    def isolate(self, lane: Lane, suspects: Sequence[ClaimedJob], begin: Begin) -> None:
        # They wait for one another. Else whoever loses this worker meanwhile would be blamed for what was never begun.
        transitions.count(suspects, -1)
        with self._changed:
            self._suspects.extend(suspects)
            self._batches.extend(_Batch(lane.tenant_id, few, begin) for few in batches_of_suspects(suspects))
        self._isolating.submit(self._isolate_all)

    def _admits(self, lane: Lane) -> bool:
        """A lane that may hold anything takes what it is named; above that it waits in the lane, unclaimed."""
        return lane.allowed > 0 or self._share(lane) > 0

    def _allow(self, lane: Lane) -> None:
        """Reserve what a lane is about to claim. Who has something to do keeps one place at least."""
        will_hold = lane.will_hold()
        lane.allowed = max(min(will_hold, self._share(lane)), min(will_hold, lane.allowed, 1))

    def _share(self, lane: Lane) -> int:
        """An equal part for each lane and one that may come, so that those that are full starve no newcomer: what ends
        above a lane's share is not claimed again.
        """
        others = [other for other in self._lanes.values() if other is not lane]
        taken = len(self._suspects) + sum(max(other.allowed, other.holds()) for other in others)
        return min(LANE_JOBS, max(1, PROCESS_JOBS // (len(others) + 2)), PROCESS_JOBS - taken)

    def _at_rest(self) -> bool:
        return all(lane.doing is Doing.RESTING and not lane.flying for lane in self._lanes.values())

    def _queue(self, lane: Lane) -> None:
        lane.doing = Doing.QUEUED
        self._passes.submit(lane.tenant_id.int, partial(self._pass, lane))

    def _pass(self, lane: Lane) -> None:
        lane.doing = Doing.PASSING
        try:
            with self.hands, self._costs.measuring(lane):
                self._renew_session(lane.tenant_id)
                lane.make_pass()
        except Exception:
            log.exception("a pass failed; it is made again", tenant_id=str(lane.tenant_id))
            connection.close()
            # The lane rests, not its thread: others are in line for that.
            later(FAULT_SECONDS, partial(self._passed, lane))
        else:
            self._passed(lane)

    def _renew_session(self, tenant_id: uuid.UUID) -> None:
        """Give this thread a new session before the old one remembers the tables of too many tenants."""
        served: set[uuid.UUID] = self._served.__dict__.setdefault("tenants", set())
        if len(served) >= SESSION_TENANTS and tenant_id not in served:
            connection.close()
            served.clear()
        served.add(tenant_id)

    def _passed(self, lane: Lane) -> None:
        with self._changed:
            lane.doing = Doing.RESTING
            self._allow(lane)  # also where it has nothing left to claim
            if lane.has_work():
                self._queue(lane)
            elif lane.is_empty() and self._lanes.get(lane.tenant_id) is lane:
                del self._lanes[lane.tenant_id]
            self._changed.notify_all()

    def _isolate_all(self) -> None:
        while batch := self._next_batch():
            self._isolate(batch)

    def _next_batch(self) -> _Batch | None:
        with self._changed:
            return self._batches.popleft() if self._batches else None

    def _isolate(self, batch: _Batch) -> None:
        suspects = batch.suspects
        try:
            connection.close_if_unusable_or_obsolete()
            with acting_for(tenant_by_id(batch.tenant_id).ref):
                if self._closed:
                    give_back_uncounted(suspects)
                    return
                transitions.count(suspects, 1)
                survived = self._quarantine.survives(batch.tenant_id, suspects, batch.begin)
                if self._closed and not survived:
                    # Ended by us before their end.
                    claims.unclaim(suspects)
                elif not survived:
                    log.warning("the quarantine was ended by one of its jobs", jobs=[str(job.id) for job in suspects])
                    attempts = claims.attempts(suspects)
                    for job in suspects:
                        if job.id in attempts:
                            poison.put_back([replace(job, attempts=attempts[job.id])], poison.poisoned(job))
        except Exception:
            log.exception("suspects were not dealt with; their leases end by themselves")
            connection.close()
        finally:
            self._dealt_with(suspects)

    def _dealt_with(self, suspects: Sequence[ClaimedJob]) -> None:
        with self._changed:
            self._suspects = [job for job in self._suspects if job not in suspects]
            self._changed.notify_all()


class _Solo:
    """The host of one lane that its caller's thread works off."""

    def __init__(self, heartbeat: Heartbeat, yielding: Callable[[], bool] = lambda: False) -> None:
        self._heartbeat = heartbeat
        self._told_to_yield = yielding
        self._something = threading.Event()
        self._batches: deque[_Batch] = deque()

    def ready(self, lane: Lane) -> None:  # noqa: ARG002 - there is but one
        self._something.set()

    def room(self, lane: Lane) -> int:
        return LANE_JOBS - lane.holds()

    def calls(self) -> int:
        return PROCESS_CALLS

    def call_room(self, lane: Lane) -> float:
        return PROCESS_REQUEST_BYTES - lane.call_weight()

    def crowded(self) -> bool:
        return False

    def yielding(self) -> bool:
        return self._told_to_yield()

    def isolate(self, lane: Lane, suspects: Sequence[ClaimedJob], begin: Begin) -> None:
        # Not here, in the middle of the lane's pass, which acts for its tenant.
        self._batches.extend(_Batch(lane.tenant_id, few, begin) for few in batches_of_suspects(suspects))

    def work_off(self, lane: Lane) -> None:
        with self._heartbeat.holding(lane.jobs, lane.tell):
            while not lane.is_empty():
                if not lane.has_work():
                    self._something.wait()
                self._something.clear()
                try:
                    lane.make_pass()
                except Error as error:
                    log.warning("a pass failed; it is made again", error=str(error))
                    connection.close()
                    time.sleep(FAULT_SECONDS)
                while self._batches:
                    batch = self._batches.popleft()
                    work_off(batch.tenant_id, batch.suspects, batch.begin, self._heartbeat)


def work_off(
    tenant_id: uuid.UUID,
    jobs: Sequence[ClaimedJob],
    begin: Begin,
    heartbeat: Heartbeat,
    yielding: Callable[[], bool] = lambda: False,
) -> None:
    """Take claimed jobs as far as they go, in this thread, or until it is to yield."""
    host = _Solo(heartbeat, yielding)
    lane = Lane(tenant_id, host)
    lane.hold(jobs, begin)
    host.work_off(lane)


def work_off_message(tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], begin: Begin, heartbeat: Heartbeat) -> None:
    """Take the jobs of a message as far as they go, in this thread."""
    host = _Solo(heartbeat)
    lane = Lane(tenant_id, host)
    lane.add(job_ids, begin)
    host.work_off(lane)


def give_back_uncounted(suspects: Sequence[ClaimedJob]) -> None:
    """Suspects that have waited and were not begun."""
    transitions.count(suspects, 1)
    claims.unclaim(suspects)


def hand_back(job_ids: Sequence[uuid.UUID], claimed: Sequence[ClaimedJob] = ()) -> None:
    """Let somebody else do jobs that this process was sent, and suspects that it has claimed and did not begin."""
    if not job_ids and not claimed:
        return
    try:
        with acting_for_platform("hand back what was not begun", QUEUE_ROLE):
            claims.take_back(job_ids)
            give_back_uncounted(claimed)
    except Error as error:
        log.warning("jobs could not be handed back; they are sent again later", error=str(error))
    wake_relay()


heartbeat = Heartbeat(
    every_seconds=settings.HEARTBEAT_SECONDS,
    lease_seconds=settings.LEASE_SECONDS,
    answer_seconds=settings.ANSWER_SECONDS,
    overdue_seconds=settings.OVERDUE_SECONDS,
)
crew = Crew(settings.WORKER_THREADS, heartbeat)
