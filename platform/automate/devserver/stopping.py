"""Handles signals that ask the supervisor to stop. The supervisor stops at its next wait."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from types import FrameType
from typing import final

HURRY_AFTER_SECONDS = 1.0
"""A second signal counts only after this time: make and the shell can both deliver the first one."""


class StopRequested(BaseException):
    """A signal asks the supervisor to stop. This is no error."""


@final
class Stopping:
    """While the block runs, handles SIGINT, SIGTERM and SIGHUP as requests to stop. SIGCHLD ends the current wait."""

    def __init__(self) -> None:
        self.requested_at: float | None = None
        self.hurried = False

    def __enter__(self) -> Stopping:
        self._read, self._write = os.pipe()
        for end in (self._read, self._write):
            os.set_blocking(end, False)
        self._old_wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup a closed terminal changes nothing
            numbers.append(signal.SIGHUP)
        self._old = {number: signal.signal(number, self._note) for number in numbers}
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)
        os.close(self._read)
        os.close(self._write)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return
        now = time.monotonic()
        if self.requested_at is None:
            self.requested_at = now
        elif now - self.requested_at > HURRY_AFTER_SECONDS:
            self.hurried = True

    def check(self) -> None:
        """Raise StopRequested if a signal has asked this process to end."""
        if self.requested_at is not None:
            raise StopRequested

    def wait(self, seconds: float) -> None:
        """Sleep until a signal arrives, a child ends, or the time is over.

        Raises StopRequested if a signal asks to stop.
        """
        self.check()
        self.pause(seconds)
        self.check()

    def pause(self, seconds: float) -> None:
        """Sleep until a signal arrives, a child ends, or the time is over. Never raises."""
        select.select([self._read], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._read, 1024)
