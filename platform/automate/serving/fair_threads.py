"""Threads that all tenants share. One tenant uses at most half of the threads and half of the queue.

The requests of one tenant form a lane. Lanes take turns.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, TypeVar

from django.conf import settings

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import RETRY_AFTER_SECONDS
from automate.processes.watch import Hands, watch
from automate.serving.lane_load import LaneLoad, Started

T = TypeVar("T")
UNKNOWN = "unknown"
"""The lane of all callers that are not known yet."""
SHARE, UNKNOWN_SHARE = 0.5, 0.25
"""The maximum shares of a tenant's lane, and of the lane UNKNOWN, in threads, places and memory.

A tenant that also sends random tokens can occupy both shares. Then a quarter is left for others.
"""
LINGER_SECONDS = 0.2
"""How long a thread waits for a job before it returns to the executor. The end of the process waits for this, too."""


def share_of(whole: int, lane: str) -> int:
    return max(1, int(whole * (UNKNOWN_SHARE if lane == UNKNOWN else SHARE)))


JobResult: TypeAlias = Any
"""The result of a job. One queue has jobs with different results, and typeshed's Future is invariant."""


class _LaneFuture(Future[JobResult]):
    """The future of a job. A cancelled job leaves its lane.

    The method ``cancel`` removes the job. A done callback would refer to the job, and so keep a request and its body in
    memory until a full garbage collection.
    """

    def __init__(self, forget: Callable[[Future[JobResult]], None]) -> None:
        super().__init__()
        self._forget = forget

    def cancel(self) -> bool:
        cancelled = super().cancel()
        if cancelled:
            self._forget(self)
        return cancelled


@dataclass(eq=False)
class _Job:
    future: Future[JobResult]
    work: Callable[[], object]


@dataclass(eq=False)
class _Lane:
    # A pausing lane is not queued.
    name: str
    waiting: deque[_Job] = field(default_factory=deque)
    running: dict[_Job, Started] = field(default_factory=dict)
    queued: bool = False


class FairThreads:
    """Threads that the lanes of all tenants share. Thread-safe."""

    def __init__(
        self, threads: int, places: int, name: str, load: LaneLoad | None = None, crowded_share: float = 1.0
    ) -> None:
        self._threads, self._places = threads, places
        self._crowded_most = max(1, int(threads * crowded_share))
        self._load = load or LaneLoad()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._hands = Hands(threads)
        watch.follow(name, settings.OVERDUE_SECONDS, self._hands.moved)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._lanes: dict[str, _Lane] = {}
        self._queue: deque[_Lane] = deque()
        self._pausing: set[_Lane] = set()
        self._workers = self._idle = 0
        self._coming = False
        """Whether a thread was called and has not looked for a job yet."""
        self._parked: list[threading.Lock] = []
        """The locks of the threads that wait for a job; releasing its lock wakes a thread.

        The last waiting thread is woken first, because its memory, its connection and its prepared statements are
        warm.
        """
        self.waiting = 0

    def submit(self, name: str, work: Callable[[], T], done: Callable[[Future[T]], object] | None = None) -> Future[T]:
        """Queue a job of a tenant. ``done`` is called after the job. Raises RATE_LIMITED or UNAVAILABLE for a full queue."""
        with self._lock:
            if self.waiting >= self._places:
                raise busy()
            lane = self._lanes.get(name)
            if lane is None:
                lane = self._lanes[name] = _Lane(name)
            if len(lane.waiting) >= share_of(self._places, name):
                raise lane_full(len(lane.waiting))
            job = _Job(_LaneFuture(partial(self._forget, lane)), work)
            if done is not None:
                job.future.add_done_callback(done)
            lane.waiting.append(job)
            self.waiting += 1
            self._load.arrived(name)
            self._queue_up(lane)
            parked = self._call_worker()
        # Last, because the woken thread needs both locks: this one and Python's.
        if parked is not None:
            parked.release()
        return job.future

    def _call_worker(self) -> threading.Lock | None:
        # Returns the lock of a parked thread, which the caller releases.
        if self._idle and self._queue:
            self._changed.notify()
        elif self._coming:
            # It calls the next thread after it has taken its job. Threads that start together only wait for Python's
            # lock.
            return None
        elif (self._queue or (self._pausing and not self._idle)) and self._workers < self._threads:
            self._workers += 1
            self._coming = True
            if self._parked:
                return self._parked.pop()
            self._executor.submit(self._work)
        return None

    def _queue_up(self, lane: _Lane) -> None:
        if lane.queued or not lane.waiting or len(lane.running) >= self._most_of(lane):
            return
        if self._load.cools_in(lane.name, lane.running.values()):
            self._pausing.add(lane)
        else:
            self._pausing.discard(lane)
            lane.queued = True
            self._queue.append(lane)

    def _most_of(self, lane: _Lane) -> int:
        if not self._load.is_crowded(lane.name):
            return share_of(self._threads, lane.name)
        return 1 if self._load.is_long(lane.name) else min(self._crowded_most, share_of(self._threads, lane.name))

    def _work(self) -> None:
        parking = threading.Lock()
        parking.acquire()
        while True:
            self._work_on(parking)
            if not self._woken(parking):
                return

    def _woken(self, parking: threading.Lock) -> bool:
        if parking.acquire(timeout=LINGER_SECONDS):
            return True
        with self._lock:
            if parking in self._parked:
                self._parked.remove(parking)
                return False
        # The thread was chosen in the meantime.
        return parking.acquire()

    def _work_on(self, parking: threading.Lock) -> None:
        ended: tuple[_Lane, _Job, Callable[[], object]] | None = None
        came = False
        while True:
            parked = None
            try:
                with self._lock:
                    if not came:
                        came, self._coming = True, False
                    if ended is not None:
                        self._end(*ended[:2])
                    taken = self._next()
                    waits = taken is None and bool(self._pausing) and not self._idle
                    if taken is not None:
                        parked = self._call_worker()
                    elif not waits:
                        self._workers -= 1
                        self._parked.append(parking)
                # Last, because the woken threads need Python's lock, which this thread releases when it waits.
                if parked is not None:
                    parked.release()
            finally:
                # The request has ended, also if the system refuses to start a further thread.
                if ended is not None:
                    ended[2]()
            # No request's data stays in memory while this thread waits for the next one.
            ended = None
            if taken is not None:
                with self._hands:
                    ended = *taken, _run(taken[1])
            elif waits:
                self._await_pauses()
            else:
                return

    def _await_pauses(self) -> None:
        # One thread waits for all lanes that pause.
        with self._lock:
            if self._idle or self._queue or not self._pausing:
                return
            self._idle += 1
            self._changed.wait(min(self._load.cools_in(lane.name, lane.running.values()) for lane in self._pausing))
            self._idle -= 1

    def _end(self, lane: _Lane, job: _Job) -> None:
        self._load.ended(lane.name, lane.running.pop(job))
        self._queue_up(lane)
        self._drop_if_idle(lane)

    def _next(self) -> tuple[_Lane, _Job] | None:
        for lane in tuple(self._pausing):
            self._queue_up(lane)
        while self._queue:
            lane = self._queue.popleft()
            lane.queued = False
            if lane.waiting:
                job = lane.waiting.popleft()
                self.waiting -= 1
                lane.running[job] = Started.now(threading.get_ident())
                self._queue_up(lane)
                return lane, job
            self._drop_if_idle(lane)
        return None

    def _forget(self, lane: _Lane, future: Future[JobResult]) -> None:
        with self._lock:
            job = next((job for job in lane.waiting if job.future is future), None)
            if job is not None:
                lane.waiting.remove(job)
                self.waiting -= 1
                self._drop_if_idle(lane)

    def _drop_if_idle(self, lane: _Lane) -> None:
        if not lane.waiting:
            self._pausing.discard(lane)
        if not (lane.waiting or lane.running or lane.queued):
            self._lanes.pop(lane.name, None)


def _run(job: _Job) -> Callable[[], object]:
    # Returns a function that publishes the outcome.
    if not job.future.set_running_or_notify_cancel():
        return _nothing
    try:
        return partial(job.future.set_result, job.work())
    except BaseException as fault:  # noqa: BLE001 - the edge of the thread: the waiting caller gets it
        try:
            return partial(job.future.set_exception, fault)
        finally:
            # The exception's traceback has this frame.
            del job


def _nothing() -> None:
    pass


def busy() -> NormalizedError:
    return NormalizedError(
        "UNAVAILABLE",
        "Too many requests are waiting. Send this request again in a second.",
        details={"retry_after_seconds": RETRY_AFTER_SECONDS},
    )


def lane_full(waiting: int) -> NormalizedError:
    return NormalizedError(
        "RATE_LIMITED",
        f"{waiting} requests of this caller are already waiting, so the caller's share is used up. Send fewer requests at once, and send this request again later.",
        details={"retry_after_seconds": RETRY_AFTER_SECONDS, "waiting": waiting},
    )
