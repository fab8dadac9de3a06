"""A relay and a worker as real processes on the session's database, and the most memory that the worker ever had."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
from django.conf import settings

from automate.kernel.limits import MIB
from tests.support.plane import Plane
from tests.support.processes import Database, Platform

SETTLE_SECONDS = 150.0
"""For the heaviest case on a busy machine."""
OPEN = "SELECT count(*) FROM public.outbox_job WHERE open AND tenant_id = %s"


class HeavyWorker:
    """peak and started: resident bytes of the worker, the most since its start and right after its start."""

    def __init__(self, platform: Platform, pid: int) -> None:
        self.platform, self._pid = platform, pid
        self.started = self._status("VmRSS")

    @property
    def peak(self) -> int:
        return self._status("VmHWM")

    @property
    def now(self) -> int:
        return self._status("VmRSS")

    def forget_peak(self) -> None:
        """Let the peak begin again from what is resident now."""
        Path(f"/proc/{self._pid}/clear_refs").write_text("5", encoding="ascii")

    @property
    def children_now(self) -> int:
        return sum(child.memory_info().rss for child in psutil.Process(self._pid).children(recursive=True))

    def settle(self, *planes: Plane) -> None:
        """Wait until nothing of these tenants is open."""
        self.platform.until(
            lambda: all(plane.root.value(OPEN, plane.tenant.id) == 0 for plane in planes),
            SETTLE_SECONDS,
            "all jobs to end",
        )

    def _status(self, name: str) -> int:
        for line in Path(f"/proc/{self._pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(name)


def mebibytes(size: int) -> int:
    return size // MIB


@contextmanager
def heavy_worker(home: Path, plane: Plane, *, sabotage: str = "", **knobs: str) -> Iterator[HeavyWorker]:
    """Processes that take this plane's jobs. knobs: of both."""
    given = {name: str(value) for name, value in settings.DATABASES["default"].items()}
    url = f"postgresql://{quote(given['USER'])}:{quote(given['PASSWORD'])}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    database = Database(app_url=url, admin_url="", superuser_url=plane.root.url, tokens={})
    leases = {"AUTOMATE_LEASE_SECONDS": "30", "AUTOMATE_HEARTBEAT_SECONDS": "10", "AUTOMATE_RESEND_SECONDS": "15"}
    with Platform(home, database, **{**leases, "AUTOMATE_WORKER_THREADS": "8", **knobs}) as platform:
        platform.start("relay")
        worker = platform.start("worker", sabotage=sabotage)
        platform.await_ready("worker")
        try:
            yield HeavyWorker(platform, worker.pid)
        finally:
            worker.send(signal.SIGKILL)
