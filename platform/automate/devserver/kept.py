"""A process that is started again when it dies, ever more patiently."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from automate.devserver.held import Held
from automate.kernel.errors import NormalizedError
from automate.project.home import last_lines

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 5.0
HEALTHY_SECONDS = 10.0
"""Who has lived this long starts again at the first delay."""


@dataclass
class Kept:
    """start: makes the process anew. log: what it writes to. deaths: how often it has died since it was last healthy.
    asked: whether it was asked to show where it hangs.
    """

    name: str
    process: Held
    start: Callable[[], Held]
    log: Path
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    due: float | None = None
    asked: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid

    def tend(self, now: float) -> str | None:
        """Notice a death or start it again when that is due; a line that says so, or None when nothing happened."""
        if self.due is None:
            return None if self.process.alive() else self._died(now)
        return self._restart(now) if now >= self.due else None

    def end_hung(self) -> str | None:
        """End a process that gives no sign of life; a line that says so, the first time.

        SIGABRT makes it write where each of its threads stands; the next call kills what survived that.
        """
        if self.asked:
            self.process.send(signal.SIGKILL)
            return None
        self.asked = True
        self.process.send(signal.SIGABRT)
        return f"{self.name} (pid {self.pid}) gives no sign of life; ending it"

    def seconds_until_due(self, now: float) -> float | None:
        return None if self.due is None else max(0.0, self.due - now)

    def _died(self, now: float) -> str:
        if now - self.started > HEALTHY_SECONDS:
            self.deaths = 0
        self.process.send(signal.SIGKILL)  # what it may have left in its process group
        self.deaths += 1
        returncode = self.process.returncode()
        why = f": {_last_words(self.log)}" if returncode and returncode > 0 else ""  # who was killed could not say why
        return self._postpone(now, f"{self.name} (pid {self.pid}) ended with {_ending(returncode)}{why}")

    def _restart(self, now: float) -> str:
        try:
            self.process = self.start()
        except NormalizedError as error:
            self.deaths += 1
            return self._postpone(time.monotonic(), f"{self.name} did not start: {error.message}")
        self.started, self.due, self.asked = now, None, False
        return f"{self.name} started again (pid {self.pid})"

    def _postpone(self, now: float, what: str) -> str:
        delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(self.deaths - 1, 10))
        self.due = now + delay
        return f"{what}; starting it again in {delay:.1f} s. Its log: {self.log}"


def _last_words(log: Path) -> str:
    """The last line of a log; of one in JSON what it says."""
    line = "".join(last_lines(log, 1)).strip()
    try:
        return str(json.loads(line)["event"])
    except (ValueError, KeyError, TypeError):
        return line


def _ending(returncode: int | None) -> str:
    if returncode is None:
        return "an unknown status"
    if returncode < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-returncode).name
    return f"status {returncode}"
