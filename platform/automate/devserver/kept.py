"""Restarts a process after it dies. The delay grows with each restart."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from automate.devserver.held import LockedProcess
from automate.kernel.errors import NormalizedError
from automate.project.home import last_lines

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 5.0
HEALTHY_SECONDS = 10.0
"""After this time alive, the next restart uses the first delay again."""


@dataclass
class SupervisedProcess:
    """A process that is started again after it dies."""

    name: str
    process: LockedProcess
    start: Callable[[], LockedProcess]
    """Starts the process again."""
    log: Path
    """The file of its output."""
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    """The number of deaths since the process was last healthy."""
    due: float | None = None
    asked: bool = False
    """Whether the process was asked to log where it hangs."""

    @property
    def pid(self) -> int:
        return self.process.pid

    def tend(self, now: float) -> str | None:
        """Start a dead process again if its restart is due. Returns a line for the terminal, or None."""
        if self.due is None:
            return None if self.process.alive() else self._died(now)
        return self._restart(now) if now >= self.due else None

    def end_hung(self) -> str | None:
        """End a process that sends no heartbeats anymore. Returns a line for the terminal, or None.

        The first call sends SIGABRT. Each later call sends SIGKILL.
        """
        if self.asked:
            self.process.send(signal.SIGKILL)
            return None
        self.asked = True
        self.process.send(signal.SIGABRT)
        return f"{self.name} (pid {self.pid}) gives no sign of life and is ended"

    def _died(self, now: float) -> str:
        if now - self.started > HEALTHY_SECONDS:
            self.deaths = 0
        self.process.send(signal.SIGKILL)  # remaining processes of its group
        self.deaths += 1
        returncode = self.process.returncode()
        why = (
            f": {_last_words(self.log)}" if returncode and returncode > 0 else ""
        )  # a killed process could log no reason
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
        return f"{what}; restart in {delay:.1f} s. Its log: {self.log}"


def _last_words(log: Path) -> str:
    # If the line is JSON, only its message.
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
