"""Lets large passes wait while small work of other tenants needs the processors of this machine.

The processes of one user on one machine share a page of memory. In this page, each process writes until when it expects small
work: a new job of a tenant with few jobs, then the job's message, then the job's pass. A large pass looks at the page before each
statement, and waits. So small work seldom waits for a processor or for Python's lock. Without ``/dev/shm``, or in a separate
container, a process knows only its own small work. See docs/decisions/shares-of-tenants.md.
"""

from __future__ import annotations

import mmap
import os
import stat
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

FOLDER = Path("/dev/shm")  # noqa: S108 # checked in _shared_page: only a file of this user is used
"""A file system in memory. On a disk, writing the page back would stop its writers."""
SLOTS = 64
"""The places of the page. Each holds a time of the monotonic clock, which all processes of a machine share."""
BYTES = SLOTS * 8

WAY_SECONDS = 0.02
"""How long a new job is expected to need until the relay sends it, and its message until its pass begins."""
EXPECTED_SECONDS = 0.05
"""How long a process expects small work at most. An expectation that ends later is not believed: it is of another clock."""
FEW_JOBS = 8
"""A tenant with more new jobs than this in one second is not small."""
SHARE = 1 / 8
"""The part of its time for which a thread gives way. So a flood of small work cannot stop the large passes."""
MOST_SECONDS = 0.02
"""How long a thread gives way before one statement. It may hold locks that the small work needs."""
LOOK_SECONDS = 0.001
"""How often a waiting thread looks at the page."""


class SmallWork:
    """The small work that the processes of this machine expect.

    ``path`` is the file of the shared page. Processes with the same file know of one another.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._passes = 0
        self._since, self._new = 0.0, Counter[uuid.UUID]()

    def expect_jobs(self, tenant_id: uuid.UUID, jobs: int) -> None:
        """Make large passes give way to ``jobs`` new jobs of a tenant, if this process had few new jobs of it in this second."""
        with self._lock:
            now = time.monotonic()
            if now - self._since >= 1:
                self._since = now
                self._new.clear()
            self._new[tenant_id] += jobs
            few = self._new[tenant_id] <= FEW_JOBS
        if few:
            self.expect()

    def expect(self, seconds: float = WAY_SECONDS) -> None:
        """Make large passes give way for ``seconds``, at most for EXPECTED_SECONDS."""
        self._page[self._mine] = time.monotonic() + min(seconds, EXPECTED_SECONDS)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Make large passes give way until the block ends, at most for EXPECTED_SECONDS."""
        with self._lock:
            self._passes += 1
            self.expect(EXPECTED_SECONDS)
        try:
            yield
        finally:
            with self._lock:
                self._passes -= 1
                if not self._passes:
                    self._page[self._mine] = 0.0

    def expected(self, now: float) -> bool:
        """Return whether a process expects small work. ``now`` is a time of the monotonic clock."""
        return now < max(self._page) < now + 2 * EXPECTED_SECONDS

    @property
    def _mine(self) -> int:
        # Two processes may have the same place. Then one may end the expectation of the other.
        return os.getpid() % SLOTS

    @cached_property
    def _page(self) -> memoryview[float]:
        return memoryview(_shared_page(self._path) or bytearray(BYTES)).cast("d")


class GivingWay(threading.local):
    """Gives way in the current thread, for at most SHARE of the thread's time."""

    def __init__(self, work: SmallWork) -> None:
        self._work = work
        self._allowed, self._looked_at = MOST_SECONDS, time.monotonic()

    def __call__(self) -> None:
        """Wait while small work is expected, at most MOST_SECONDS."""
        now = time.monotonic()
        if not self._work.expected(now):
            return
        self._allowed = min(2 * MOST_SECONDS, self._allowed + SHARE * (now - self._looked_at))
        began, until = now, now + min(MOST_SECONDS, self._allowed)
        while now < until and self._work.expected(now):
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
        self._allowed -= now - began
        self._looked_at = now


def _shared_page(path: Path) -> mmap.mmap | None:
    # None if the file cannot be shared safely. Another user may have made a file with this name.
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            found = os.fstat(number)
            if found.st_uid != os.geteuid() or not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                log.warning("the file is not this user's; small work of other processes is unknown", path=str(path))
                return None
            if found.st_size < BYTES:
                # Written, and not only made longer: a full file system would end the process at its first look.
                os.pwrite(number, bytes(BYTES), 0)
            return mmap.mmap(number, BYTES)
        finally:
            os.close(number)
    except OSError:
        return None


small_work = SmallWork(FOLDER / f"automate-{os.geteuid()}")
"""The small work that the relay and the workers of this user expect on this machine."""
