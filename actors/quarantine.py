"""Work that may end its worker is done by itself, so that it takes no innocent with it more than twice.

A lease that was lost says only that some job of the process was poison, not which. A job that has lost two workers
in a row is a suspect: it runs while nothing else does. An innocent among the suspects thus gets its result, and what
kills alone is poison beyond doubt.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from automate.outbox.claims import ClaimedJob

TRUSTED_ATTEMPTS = 2
"""Well below every job's max_attempts."""


def is_suspect(job: ClaimedJob) -> bool:
    """Whether to do this job alone. It was dispatched alone as well, for its last worker was lost."""
    return job.attempts > TRUSTED_ATTEMPTS


class Quarantine:
    """Many together, or one alone; who waits to be alone lets nobody else begin."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._together = 0
        self._waiting = 0
        self._taken = False

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._taken and not self._waiting)
            self._together += 1
        try:
            yield
        finally:
            with self._changed:
                self._together -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: not self._taken and not self._together)
                self._taken = True
            finally:
                self._waiting -= 1
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()
