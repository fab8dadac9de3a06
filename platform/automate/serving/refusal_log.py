"""Limits the log lines about refused requests. Thread-safe."""

from __future__ import annotations

import threading
from collections import Counter

import structlog

log = structlog.get_logger(__name__)

SECONDS = 1.0
MOST_PLACES = 100
"""Lines a second. Refusals at further paths are counted together."""
ELSEWHERE = "elsewhere"
FLOODS = frozenset({"INVALID_SIGNATURE", "INVALID_TIMESTAMP", "RATE_LIMITED", "UNAVAILABLE", "HEADERS_TOO_LARGE"})
"""Codes for which one line a second is enough."""
OTHER_LINES = 20
"""Lines a second for any other code at one path: each line has a trace id about which the sender may ask."""


class RefusalLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counter[tuple[str, str]]()

    def has_line(self, code: str, place: str) -> bool:
        """Count a refusal. Returns False if the code and path already have enough log lines in this second."""
        with self._lock:
            begins = not self._counts
            known = (code, place) in self._counts
            key = (code, place) if known or len(self._counts) < MOST_PLACES else (code, ELSEWHERE)
            self._counts[key] += 1
            whole = self._counts[key] <= _lines(code)
        if begins:
            timer = threading.Timer(SECONDS, self._write)
            timer.daemon = True
            timer.start()
        return whole

    def _write(self) -> None:
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for (code, place), count in counts.items():
            if count > _lines(code):
                log.warning("requests refused", code=code, path=place, count=count, seconds=SECONDS)


def _lines(code: str) -> int:
    return 1 if code in FLOODS else OTHER_LINES


refusal_log = RefusalLog()
