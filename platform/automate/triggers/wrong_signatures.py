"""Refuses a sender's requests for a while after several requests of this sender have failed the signature check.

Failures are counted for each source and client address.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from automate.audit.tallies import TalliedAction, note
from automate.kernel.addresses import network_of
from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import NormalizedError

FAILURES_AT_ONCE, FAILURES_PER_SECOND = 20, 1
PROVED_SECONDS = 3_600.0
MOST_SENDERS = 16_384
UNPROVED = frozenset({"INVALID_SIGNATURE", "INVALID_TIMESTAMP"})


@dataclass
class _Sender:
    failures: float = 0.0
    """The count at the time ``at``. It falls by FAILURES_PER_SECOND."""
    at: float = 0.0
    proved_until: float = 0.0
    """The end of the hour that follows a correct signature, on the same clock as ``at``."""
    act: TalliedAction | None = None
    """The last failure."""


class WrongSignatures:
    """The senders whose requests failed the signature check in this process. Thread-safe.

    A sender is identified by the path of a source and the address of a client.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._senders: BoundedCache[tuple[str, str], _Sender] = BoundedCache(MOST_SENDERS)

    def require_welcome(self, path: str, address: str) -> None:
        """Raise RATE_LIMITED if too many requests of a sender failed the signature check."""
        with self._lock:
            sender = self._senders.get((path, network_of(address)))
            if sender is None or sender.proved_until > self._clock():
                return
            wait = (self._left(sender) - FAILURES_AT_ONCE + 1) / FAILURES_PER_SECOND
        if wait > 0:
            if sender.act is not None:
                note(replace(sender.act, reason="RATE_LIMITED"))
            raise NormalizedError(
                "RATE_LIMITED",
                f"{FAILURES_AT_ONCE} requests from this address failed the signature check. Correct the secret or the "
                "clock of the sender. Send the next request after the number of seconds in Retry-After.",
                details={"retry_after_seconds": math.ceil(wait), "failures": FAILURES_AT_ONCE},
            )

    def failed(self, path: str, address: str, act: TalliedAction | None = None) -> None:
        """Count a request that failed the signature check. ``act`` is the action for the audit record."""
        with self._lock:
            sender = self._sender(path, address)
            sender.failures = min(self._left(sender) + 1, FAILURES_AT_ONCE)
            sender.at, sender.act = self._clock(), act

    def proved(self, path: str, address: str) -> None:
        with self._lock:
            sender = self._sender(path, address)
            sender.failures, sender.proved_until = 0.0, self._clock() + PROVED_SECONDS

    def _left(self, sender: _Sender) -> float:
        return max(0.0, sender.failures - (self._clock() - sender.at) * FAILURES_PER_SECOND)

    def _sender(self, path: str, address: str) -> _Sender:
        key = path, network_of(address)
        sender = self._senders.get(key)
        if sender is None:
            sender = _Sender(at=self._clock())
            self._senders.put(key, sender)
        return sender


wrong_signatures = WrongSignatures()
