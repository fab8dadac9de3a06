"""What relay, worker and scheduler share: an end on SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def until_told_to_stop() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    return stop
