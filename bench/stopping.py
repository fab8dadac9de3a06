"""SIGINT, SIGTERM and SIGHUP end a process through its ``finally`` blocks."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_raise_exit() -> Iterator[None]:
    """The first signal raises SystemExit with 128 plus its number.

    Later signals are ignored, so that they do not interrupt the cleanup. Signals that this process already ignores
    stay ignored.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    heeded = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, leave) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
