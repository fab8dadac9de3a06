"""The workers of a crash case: each dies where it is told to, or is frozen there, and another one begins."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.crash_case import Case, Point, is_a_persons

if TYPE_CHECKING:
    from tests.support.crash_stage import Stage

SETTLE_SECONDS = 45.0
POLL_SECONDS = 0.02
WAKE_SECONDS = 0.5
GRACE_SECONDS = 2.0


class Shift:
    """The workers of one case. fatal: where the first of them die, or are frozen until the case is done."""

    def __init__(self, stage: Stage, case: Case, fatal: Sequence[Point], *, freeze: bool, mischief: str) -> None:
        self._stage, self._case, self._freeze, self._mischief = stage, case, freeze, mischief
        self._left, self._fatal = list(fatal), len(fatal)
        self._frozen: list[int] = []
        self._worker = 0

    def begin(self) -> None:
        point = self._left.pop(0) if self._left else None
        with self._stage.told.open("a") as told:
            told.write("worker begins\n")
        self._worker = self._stage.ask(
            "fork",
            deed="work",
            told=str(self._stage.told),
            fatal=point,
            number=signal.SIGSTOP if self._freeze else signal.SIGKILL,
            mischief=self._mischief,
        )

    def lost(self) -> bool:
        """Whether the worker has come to its point; another one is to begin then."""
        if self._freeze:
            stat = Path(f"/proc/{self._worker}/stat").read_text()
            lost = stat.rpartition(")")[2].split()[0] == "T"
        else:
            lost = bool(self._stage.ask("gone", pid=self._worker))
        if lost:
            self._case.died += 1
            if self._freeze:
                self._frozen.append(self._worker)
            else:
                self._stage.pass_time()
            self._worker = 0
        return lost

    def end(self) -> None:
        """All is done. Where that is what a worker dies of, it may not have been seen yet."""
        grace = time.monotonic() + GRACE_SECONDS
        while self._case.died < self._fatal and time.monotonic() < grace and not self.lost():
            time.sleep(POLL_SECONDS)
        while self._worker and self._in_between() and time.monotonic() < grace:
            time.sleep(POLL_SECONDS)
        for pid in self._frozen:
            self._wake(pid)
        if self._worker:
            os.kill(self._worker, signal.SIGKILL)
            self._until_gone(self._worker)

    def _in_between(self) -> bool:
        """Whether the last worker has passed a point before something, and not yet the one after it."""
        _, _, last = self._stage.told.read_text().rpartition("worker begins\n")
        passed = [line.removeprefix("point ") for line in last.splitlines() if line.startswith("point ")]
        points = [point.partition(", ")[2] for point in passed if not is_a_persons(point)]
        return sum(point.startswith("before") for point in points) * 2 != len(points)

    def _wake(self, pid: int) -> None:
        """Let a frozen worker go on with what it held, and wait until it has done its worst."""
        seen = self._stage.told.stat().st_size
        os.kill(pid, signal.SIGCONT)
        until = time.monotonic() + WAKE_SECONDS
        # It passes its next point at once, unless it finds at its first statement that nothing is left for it.
        while time.monotonic() < until and self._stage.told.stat().st_size == seen:
            time.sleep(POLL_SECONDS)
        os.kill(pid, signal.SIGTERM)
        self._until_gone(pid)

    def _until_gone(self, pid: int) -> None:
        until = time.monotonic() + SETTLE_SECONDS
        while not self._stage.ask("gone", pid=pid):
            assert time.monotonic() < until, f"a worker of {self._case.scenario.name} does not end"
            time.sleep(POLL_SECONDS)
