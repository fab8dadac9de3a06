"""How much processor time each lane of ``fair_threads`` used lately, over all desks of a process.

Python code of all threads shares one core. A lane that computes slows the requests of every other lane. While other lanes have
requests, a lane that used half of a core lately begins its next request once its use has fallen below half. A lane whose
requests compute for long runs one at a time meanwhile: several at once would make all others wait for their sum.
"""

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
"""Of one core."""
LONG_SECONDS = 0.01
"""Of processor time in a request. A lane of such requests that runs one at a time still gets its half of a core."""
NEWEST_WEIGHT = 0.3
"""Of the newest request in the mean of a lane."""
OTHERS_SECONDS = 1.0
MOST_LANES = 4_096


@dataclass(frozen=True)
class Started:
    """A job in its thread. clock: reads the processor time of the thread. at, spent: when the job began."""

    clock: Callable[[], float]
    at: float
    spent: float

    @classmethod
    def now(cls, thread_id: int) -> Started:
        """thread_id: of the calling thread, which lives at least until the job has ended."""
        spent = time.thread_time()
        if hasattr(time, "pthread_getcpuclockid"):
            number = time.pthread_getcpuclockid(thread_id)
            return cls(lambda: time.clock_gettime(number), time.monotonic(), spent)
        # macOS: a job counts once it has ended.
        return cls(lambda: time.thread_time() if threading.get_ident() == thread_id else spent, time.monotonic(), spent)


class LaneLoad:
    """Thread-safe: an update that two threads make at once may lose one of the two."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._used: BoundedCache[str, tuple[float, float]] = BoundedCache(MOST_LANES)
        self._means: BoundedCache[str, float] = BoundedCache(MOST_LANES)
        self._newest = self._other = ("", -math.inf)

    def arrived(self, lane: str) -> None:
        """A request of the lane came."""
        if self._newest[0] != lane:
            self._other = self._newest
        self._newest = lane, self._clock()

    def ended(self, lane: str, job: Started) -> None:
        spent = job.clock() - job.spent
        self._used.put(lane, (self._recent(lane) + spent, self._clock()))
        mean = self._means.get(lane)
        self._means.put(lane, spent if mean is None else mean + NEWEST_WEIGHT * (spent - mean))

    def is_crowded(self, lane: str) -> bool:
        """Whether other lanes have requests, too."""
        return self._others_leave_in(lane) > 0

    def is_long(self, lane: str) -> bool:
        """Whether the lane's requests compute for long. While others have requests, they run one at a time."""
        return (self._means.get(lane) or 0.0) > LONG_SECONDS

    def cools_in(self, lane: str, running: Iterable[Started] = ()) -> float:
        """Seconds until the lane may begin another job; 0 where it may now.

        running: the lane's jobs that have not ended. The wait assumes that they compute no more.
        """
        others_leave = self._others_leave_in(lane)
        used = self._recent(lane) + sum(map(self._of_job, running))
        if others_leave <= 0 or used <= HOT_SHARE * WINDOW_SECONDS:
            return 0.0
        return min(others_leave, WINDOW_SECONDS * math.log(used / (HOT_SHARE * WINDOW_SECONDS)))

    def _others_leave_in(self, lane: str) -> float:
        last = self._other if self._newest[0] == lane else self._newest
        return last[1] + OTHERS_SECONDS - self._clock()

    def _recent(self, lane: str) -> float:
        used, at = self._used.get(lane) or (0.0, 0.0)
        return used * math.exp((at - self._clock()) / WINDOW_SECONDS)

    def _of_job(self, job: Started) -> float:
        """Of its time on the processor, the part within the window."""
        lasted = self._clock() - job.at
        return (job.clock() - job.spent) * min(1.0, WINDOW_SECONDS / lasted if lasted > 0 else 1.0)
