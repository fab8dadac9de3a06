"""The recent processor time of each tenant's requests."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from automate.kernel.bounded import BoundedCache

WINDOW_SECONDS = 2.0
"""Older processor time counts less: the sum falls to a third in this time."""
HOT_SHARE = 0.5
"""The share of one core that a lane may use while other tenants send requests."""
LONG_SECONDS = 0.01
"""If the requests of a lane take more processor time than this on average, they are long. A lane that runs
long requests one at a time still gets half of a core."""
NEWEST_WEIGHT = 0.3
"""The weight of the newest request in the mean of a lane."""
OTHERS_SECONDS = 1.0
MOST_LANES = 4_096


@dataclass(frozen=True)
class Started:
    """A running job, with its start time."""

    clock: Callable[[], float]
    """Reads the thread's processor time."""
    at: float
    """The time of the start."""
    spent: float
    """The thread's processor time at the start."""

    @classmethod
    def now(cls, thread_id: int) -> Started:
        """Return a new object for a job that starts now in the given thread. The thread must not end before the job."""
        spent = time.thread_time()
        if hasattr(time, "pthread_getcpuclockid"):
            number = time.pthread_getcpuclockid(thread_id)
            return cls(lambda: time.clock_gettime(number), time.monotonic(), spent)
        # macOS: a job counts only after its end.
        return cls(lambda: time.thread_time() if threading.get_ident() == thread_id else spent, time.monotonic(), spent)


@dataclass
class _Spent:
    recent: float
    """The sum at the time ``at``; older time counts less."""
    at: float
    mean: float
    """Of one request."""

    def recent_at(self, now: float) -> float:
        return self.recent * math.exp((self.at - now) / WINDOW_SECONDS)


class LaneLoad:
    """The recent processor time of each tenant's lane. It has no lock, so one of two simultaneous updates can be lost."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent: BoundedCache[str, _Spent] = BoundedCache(MOST_LANES)
        self._newest = self._other = ("", -math.inf)

    def arrived(self, lane: str) -> None:
        if self._newest[0] != lane:
            self._other = self._newest
        self._newest = lane, self._clock()

    def ended(self, lane: str, job: Started) -> None:
        seconds, now = job.clock() - job.spent, self._clock()
        spent = self._spent.get(lane)
        if spent is None:
            self._spent.put(lane, _Spent(seconds, now, seconds))
            return
        spent.recent, spent.at = spent.recent_at(now) + seconds, now
        spent.mean += NEWEST_WEIGHT * (seconds - spent.mean)

    def is_crowded(self, lane: str) -> bool:
        """Return whether tenants other than this tenant have recently sent requests."""
        return self._others_leave_in(lane) > 0

    def is_long(self, lane: str) -> bool:
        """Return whether the tenant's requests take much processor time on average."""
        spent = self._spent.get(lane)
        return spent is not None and spent.mean > LONG_SECONDS

    def cools_in(self, lane: str, running: Iterable[Started] = ()) -> float:
        """Return the seconds until the tenant's next job is allowed to start."""
        others_leave = self._others_leave_in(lane)
        if others_leave <= 0:
            return 0.0
        used = self._recent(lane) + sum(map(self._of_job, running))
        if used <= HOT_SHARE * WINDOW_SECONDS:
            return 0.0
        return min(others_leave, WINDOW_SECONDS * math.log(used / (HOT_SHARE * WINDOW_SECONDS)))

    def _others_leave_in(self, lane: str) -> float:
        last = self._other if self._newest[0] == lane else self._newest
        return last[1] + OTHERS_SECONDS - self._clock()

    def _recent(self, lane: str) -> float:
        spent = self._spent.get(lane)
        return 0.0 if spent is None else spent.recent_at(self._clock())

    def _of_job(self, job: Started) -> float:
        lasted = self._clock() - job.at
        return (job.clock() - job.spent) * min(1.0, WINDOW_SECONDS / lasted if lasted > 0 else 1.0)
