"""Lets large passes wait while small work of other tenants needs the processors of this machine.

The processes of one user on one machine share a page of memory. In this page, each process announces small work: a new job of a
tenant with few jobs, then the job's message, then the job's pass. A large pass looks at the page before each statement, and waits
while work of another tenant is announced. So small work seldom waits for a processor or for Python's lock. Without ``/dev/shm``,
a process knows only its own small work. See docs/decisions/shares-of-tenants.md.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import stat
import threading
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

FOLDER = Path("/dev/shm")  # noqa: S108 # _shared_page uses only a file of this user
"""A file system in memory. A page on a disk would stop its writers while it is written back."""
FILES = 256
"""The number of file names. Installations are told apart by one of these numbers, so that few files remain."""
PROCESSES = 16
SLOTS = 2 * PROCESSES
"""A process has two places: for jobs and messages, and for passes. A place holds a time of the monotonic clock, which all processes
of a machine share, and a tenant. The page has all times, then all tenants."""
BYTES = 2 * SLOTS * 8

WAY_SECONDS = 0.02
"""How long large passes give way to a new job, and then to the message of the job. Both normally need less time."""
PASS_SECONDS = 0.05
"""How long large passes give way to a small pass."""
FEW_JOBS = 8
"""A tenant with more new jobs than this in one second is not small."""
SHARE = 1 / 8
"""The part of its time for which a thread gives way. So a flood of small work cannot stop the large passes."""
MOST_SECONDS = 0.02
"""How long a thread gives way before one statement. It may hold locks that other small work of its tenant needs."""
LOOK_SECONDS = 0.001
"""How often a waiting thread looks at the page."""


class SmallWork:
    """The small work that the processes of this machine have announced.

    ``path`` returns the file of the shared page. Processes with the same file know of one another.
    """

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._passes = 0
        self._since, self._new = 0.0, Counter[uuid.UUID]()

    def expect_jobs(self, tenant_id: uuid.UUID, jobs: int) -> None:
        """Announce ``jobs`` new jobs of a tenant, if this process has had few new jobs of the tenant in the current second."""
        with self._lock:
            now = time.monotonic()
            if now - self._since >= 1:
                self._since = now
                self._new.clear()
            self._new[tenant_id] += jobs
            few = self._new[tenant_id] <= FEW_JOBS
        if few:
            self.expect(tenant_id)

    def expect(self, tenant_id: uuid.UUID) -> None:
        """Announce work of a tenant for WAY_SECONDS."""
        self._announce(0, tenant_id, WAY_SECONDS)

    @contextmanager
    def passing(self, tenant_id: uuid.UUID) -> Iterator[None]:
        """Announce a pass of a tenant until the block ends, at most for PASS_SECONDS. Ends the announcements that led to it."""
        with self._lock:
            self._announce(1, tenant_id, PASS_SECONDS)
            self._passes += 1
        mine = _short(tenant_id)
        for place in range(0, SLOTS, 2):
            # Another process may announce something at the same time. Then its announcement may end early.
            if self._tenants[place] == mine:
                self._times[place] = 0.0
        try:
            yield
        finally:
            with self._lock:
                self._passes -= 1
                if not self._passes:
                    self._times[self._place(1)] = 0.0

    def expected(self, now: float, tenant_id: uuid.UUID) -> bool:
        """Return whether work of another tenant is announced. ``now`` is a time of the monotonic clock.

        A time in the far future is of another clock, and announces nothing.
        """
        if max(self._times) <= now:
            return False
        mine = _short(tenant_id)
        return any(
            now < until <= now + PASS_SECONDS and tenant != mine
            for until, tenant in zip(self._times, self._tenants, strict=True)
        )

    def _announce(self, kind: int, tenant_id: uuid.UUID, seconds: float) -> None:
        place = self._place(kind)
        self._tenants[place] = _short(tenant_id)
        self._times[place] = time.monotonic() + seconds

    @staticmethod
    def _place(kind: int) -> int:
        # Two processes may have the same place. Then one may end the announcement of the other.
        return 2 * (os.getpid() % PROCESSES) + kind

    @cached_property
    def _page(self) -> mmap.mmap | bytearray:
        return _shared_page(self._path()) or bytearray(BYTES)

    @cached_property
    def _times(self) -> ctypes.Array[ctypes.c_double]:
        return (ctypes.c_double * SLOTS).from_buffer(self._page)

    @cached_property
    def _tenants(self) -> ctypes.Array[ctypes.c_uint64]:
        return (ctypes.c_uint64 * SLOTS).from_buffer(self._page, SLOTS * 8)


class GivingWay(threading.local):
    """Gives way in the current thread, for at most SHARE of the thread's time.

    ``needed`` returns whether small work waits for a thread of this process. Then the threads must not wait.
    """

    given = 0.0
    """The seconds for which this thread has waited."""

    def __init__(self, work: SmallWork, needed: Callable[[], bool] = lambda: False) -> None:
        self._work, self._needed = work, needed
        self._allowed, self._looked_at = MOST_SECONDS, time.monotonic()

    def to_others(self, tenant_id: uuid.UUID) -> None:
        """Wait while small work of another tenant is announced, at most MOST_SECONDS."""
        now = time.monotonic()
        if not self._work.expected(now, tenant_id):
            return
        self._allowed = min(2 * MOST_SECONDS, self._allowed + SHARE * (now - self._looked_at))
        began, until = now, now + min(MOST_SECONDS, self._allowed)
        while now < until and self._work.expected(now, tenant_id) and not self._needed():
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
        self._allowed -= now - began
        self.given += now - began
        self._looked_at = now


def _short(tenant_id: uuid.UUID) -> int:
    return tenant_id.int & 0xFFFF_FFFF_FFFF_FFFF


def _shared_page(path: Path) -> mmap.mmap | None:
    # None if the file cannot be shared safely. Another user may have made a file with this name.
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        try:
            found = os.fstat(number)
            if found.st_uid != os.geteuid() or not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                raise PermissionError("the file is not this user's")
            if found.st_size < BYTES:
                # Written, and not only made longer: a full file system would end the process at its first look.
                os.pwrite(number, bytes(BYTES), 0)
            return mmap.mmap(number, BYTES)
        finally:
            os.close(number)
    except (OSError, ValueError) as error:
        log.info("small work of other processes is not known", path=str(path), error=str(error))
        return None


def _path() -> Path:
    database = settings.DATABASES["default"]
    place = f"{database.get('HOST')} {database.get('PORT')} {database.get('NAME')}"
    return FOLDER / f"automate-{os.geteuid()}-{zlib.crc32(place.encode()) % FILES}"


small_work = SmallWork(_path)
"""The small work of this installation's processes on this machine."""
