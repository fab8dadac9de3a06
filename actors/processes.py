"""Code that the relay, the workers and the scheduler share."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import structlog
from django.conf import settings
from django.db import Error, connection

from automate.kernel.metrics import LAST_ROUND
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox.epochs import transitions as epochs
from automate.outbox.epochs.transitions import Raised
from automate.processes import pulse
from automate.processes.notify import STOPPING, notify
from automate.processes.watch import watch

log = structlog.get_logger(__name__)


def until_stop_signal() -> threading.Event:
    """Return a ``threading.Event`` that is set when the process receives SIGTERM or SIGINT."""
    stop = threading.Event()

    def set_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        notify(STOPPING)

    signal.signal(signal.SIGTERM, set_stop)
    signal.signal(signal.SIGINT, set_stop)
    return stop


AWAY_SECONDS = 0.5
"""The delay between attempts while PostgreSQL is unavailable."""


def note_restore(stop: threading.Event) -> None:
    """Check whether the database was restored. Tries again until PostgreSQL answers or ``stop`` is set."""
    while not stop.is_set():
        try:
            with acting_for_platform("find out whether the database was restored", QUEUE_ROLE):
                raised = epochs.note_restore()
        except Error as error:
            log.warning("nothing begins before the epoch of the database is known", error=str(error))
            connection.close()
            stop.wait(AWAY_SECONDS)
            continue
        report_restore(raised)
        return


def report_restore(raised: Raised | None) -> None:
    """If the database was restored, write a warning to the log."""
    if raised is not None:
        log.warning(
            "the database was restored: the work that was open waits for releaseRestored",
            epoch=raised.epoch,
            held=raised.held,
            reason=raised.reason,
        )


class LoopProgress:
    """Keeps the record of the progress that the loop of a process makes."""

    # Redis does not count: a restart repairs nothing while Redis is unavailable, and Redis has its own check.

    def __init__(self, patience_seconds: float, overdue_seconds: float) -> None:
        self._patience = patience_seconds
        self._path = pulse.path_of(settings.AUTOMATE_HOME, settings.PROCESS)
        self._begun = False
        self._warned = False
        self._loop = watch.follow("rounds", overdue_seconds)

    def turn(self) -> None:
        """Record that the loop has begun its next turn."""
        self._loop.turn()

    def over(self) -> None:
        """Record that the loop has ended as planned."""
        watch.leave(self._loop)

    def done(self) -> None:
        """Record that the loop has completed a round.

        If AUTOMATE_HOME is not writable, the round is not recorded there, and the process continues.
        """
        self.turn()
        LAST_ROUND.set_to_current_time()
        try:
            if self._begun:
                pulse.beat(self._path)
            else:
                pulse.begin(self._path, self._patience)
            self._begun = True
        except FileNotFoundError:
            self._begun = False
        except OSError as error:
            if not self._warned:
                log.warning("no sign of life for automate health: AUTOMATE_HOME cannot be written", error=str(error))
            self._warned = True
