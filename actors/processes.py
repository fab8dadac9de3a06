"""What relay, worker and scheduler share: an end on SIGTERM or SIGINT, and a sign of life for ``automate health``."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import structlog
from django.conf import settings

from automate.kernel.metrics import LAST_ROUND
from automate.project import pulse

log = structlog.get_logger(__name__)


def until_told_to_stop() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    return stop


class Rounds:
    """The rounds of a process's loop, each of which reached PostgreSQL. patience_seconds: no honest one takes longer.

    Redis does not count: while it is away there is nothing here that a restart could mend, and its own check tells.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._path = pulse.path_of(settings.AUTOMATE_HOME, settings.PROCESS)
        self._begun = False
        self._told = False

    def done(self) -> None:
        """One more. A folder that cannot be written makes the process look sick, but it works on."""
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
            if not self._told:
                log.warning("no sign of life for automate health: AUTOMATE_HOME cannot be written", error=str(error))
            self._told = True
