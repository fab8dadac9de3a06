"""What the lanes of a process hold, and how the process shares out what it may hold. Nothing here calls a lane or the crew."""

from __future__ import annotations

import enum
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from automate.kernel.limits import MIB
from automate.outbox.jobs import ClaimedJob
from automate.runs.advance import RunSet
from automate.runs.step_call import StepCall

Begin = Callable[[RunSet, Sequence[ClaimedJob]], list[StepCall]]
"""The first step of a topic with claimed jobs: match events, or resume runs."""

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
PASS_JOBS = 40
"""How many a lane claims in a pass while another lane waits for a thread: then it goes to the end of the line."""
CROWDED_JOBS = 4
"""How many a lane claims at a time then."""


class Doing(enum.Enum):
    """What a lane does."""

    RESTING = enum.auto()
    QUEUED = enum.auto()
    PASSING = enum.auto()
    """Or it has failed at a pass, and waits a moment before the next."""


@dataclass(frozen=True)
class Claimed:
    """Jobs that are held and not begun. until: when to leave them to their leases, on the monotonic clock."""

    begin: Begin
    jobs: Sequence[ClaimedJob]
    until: float


class Holding:
    """The jobs of one tenant that this process was sent or has claimed."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self.tenant_id = tenant_id
        self.doing = Doing.RESTING
        self.allowed = 0
        """How many jobs it may hold."""
        self._lock = threading.Lock()
        self._unclaimed: dict[uuid.UUID, Begin] = {}
        self._claimed: list[Claimed] = []
        self._run_set: RunSet | None = None

    def add(self, job_ids: Sequence[uuid.UUID], begin: Begin) -> None:
        """Jobs that a message names. A job that is named again before it is claimed is still one job."""
        with self._lock:
            self._unclaimed.update(dict.fromkeys(job_ids, begin))

    def hold(self, jobs: Sequence[ClaimedJob], begin: Begin) -> None:
        """Jobs that are claimed already; the next pass begins them."""
        self._claimed = [*self._claimed, Claimed(begin, jobs, time.monotonic() + settings.LEASE_SECONDS)]

    def jobs(self) -> list[ClaimedJob]:
        run_set = self._run_set  # the heartbeat asks, and a pass may let it go meanwhile
        held = run_set.jobs() if run_set else []
        return [*held, *(job for claimed in self._claimed for job in claimed.jobs)]

    def holds(self) -> int:
        run_set = self._run_set
        return sum(len(claimed.jobs) for claimed in self._claimed) + (len(run_set.held) if run_set else 0)

    def weight(self) -> int:
        """Bytes of memory that its runs take, estimated."""
        run_set = self._run_set
        return run_set.weight if run_set else 0

    def call_weight(self) -> int:
        """Bytes of memory that large requests of its calls take, estimated."""
        run_set = self._run_set
        return run_set.call_weight if run_set else 0

    def will_hold(self) -> int:
        """What it holds, and what it is yet to claim."""
        with self._lock:
            return self.holds() + len(self._unclaimed)

    def take_unclaimed(self) -> dict[uuid.UUID, Begin]:
        """The jobs that are named and not yet claimed; from now on they are the caller's."""
        with self._lock:
            taken, self._unclaimed = self._unclaimed, {}
        return taken


class Shares:
    """holdings: those that a process has now. isolated: how many suspects it holds besides. closed: it takes on nothing more."""

    def __init__(self, holdings: Mapping[uuid.UUID, Holding]) -> None:
        self.changed = threading.Condition()
        self.holdings = holdings
        self.isolated = 0
        self.closed = False

    def room(self, lane: Holding) -> int:
        with self.changed:
            self.allow(lane)
            most = PASS_JOBS if any(other.doing is Doing.QUEUED for other in self.holdings.values()) else LANE_JOBS
        room = 0 if self.closed else min(most, lane.allowed - lane.holds())
        return min(room, CROWDED_JOBS) if self.crowded() else room

    def crowded(self) -> bool:
        with self.changed:
            return sum(lane.weight() for lane in self.holdings.values()) > PROCESS_STATE_BYTES

    def call_room(self, lane: Holding) -> float:
        """The bytes that other lanes leave free, at most an equal share. One share stays reserved for a lane that may come."""
        with self.changed:
            weights = {other.tenant_id: other.call_weight() for other in self.holdings.values()}
        mine = weights.pop(lane.tenant_id, 0)
        others = [weight for weight in weights.values() if weight]
        return min(PROCESS_REQUEST_BYTES // (len(others) + 2) - mine, PROCESS_REQUEST_BYTES - mine - sum(others))

    def calls(self) -> int:
        """An equal part for each lane that holds something."""
        with self.changed:
            lanes = sum(1 for lane in self.holdings.values() if lane.holds())
        return PROCESS_CALLS // max(1, lanes)

    def yielding(self) -> bool:
        """Whether runs are handed back instead of starting another step."""
        return self.closed

    def admits(self, lane: Holding) -> bool:
        """A lane that may hold anything takes what it is named; above that it waits in the lane, unclaimed."""
        return lane.allowed > 0 or self.share(lane) > 0

    def allow(self, lane: Holding) -> None:
        """Reserve what a lane is about to claim. Who has something to do keeps one place at least."""
        will_hold = lane.will_hold()
        lane.allowed = max(min(will_hold, self.share(lane)), min(will_hold, lane.allowed, 1))

    def share(self, lane: Holding) -> int:
        """An equal part for each lane and one that may come, so that those that are full starve no newcomer: what ends
        above a lane's share is not claimed again.
        """
        others = [other for other in self.holdings.values() if other is not lane]
        taken = self.isolated + sum(max(other.allowed, other.holds()) for other in others)
        return min(LANE_JOBS, max(1, PROCESS_JOBS // (len(others) + 2)), PROCESS_JOBS - taken)
