"""Limits how many large answers are read at the same time."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextvars import ContextVar

FREE_BYTES = 64 * 1024
"""The number of bytes of an answer that a call may read without a place."""
PLACES = 32
"""The number of places. A call with a place takes up to a MiB of received data, a MiB of decompressed data, and a MiB
of text in the output."""
TENANT_PLACES = PLACES // 2


class Places:
    """Limits how many calls can read large answers at once.

    ``places`` is the limit for all tenants together. ``of_tenant`` is the limit for each tenant.
    """

    def __init__(self, places: int = PLACES, of_tenant: int = TENANT_PLACES) -> None:
        self._most, self._of_tenant = places, of_tenant
        self._lock = threading.Lock()
        self._taken: Counter[object] = Counter()
        self._waiting: deque[LargeAnswerPlace] = deque()

    def ask(self, holding: LargeAnswerPlace) -> bool:
        """Give a place to a call, and return True. If no place is free, return False.

        ``holding`` represents the call. If the result is False, the call gets a place later, and then ``holding.granted``
        is called.
        """
        with self._lock:
            if self._fits(holding):
                self._take(holding)
                return True
            self._waiting.append(holding)
        return False

    def give_back(self, holding: LargeAnswerPlace) -> None:
        with self._lock:
            if holding in self._waiting:
                self._waiting.remove(holding)
            if holding.has_place:
                holding.has_place = False
                self._taken[holding.tenant] -= 1
                self._taken += Counter()  # removes tenants without a place
            coming = self._next()
        for one in coming:
            one.granted()

    def _next(self) -> list[LargeAnswerPlace]:
        coming = []
        for holding in list(self._waiting):
            if self._fits(holding):
                self._waiting.remove(holding)
                self._take(holding)
                coming.append(holding)
        return coming

    def _fits(self, holding: LargeAnswerPlace) -> bool:
        return self._taken.total() < self._most and self._taken[holding.tenant] < self._of_tenant

    def _take(self, holding: LargeAnswerPlace) -> None:
        holding.has_place = True
        self._taken[holding.tenant] += 1


places = Places()


class LargeAnswerPlace:
    """The place of one call, or its wait for a place. Without a place, the call cannot read a large answer.

    Create the object on the event loop that runs the call.
    """

    def __init__(self, tenant: object, among: Places = places) -> None:
        self.tenant, self.has_place = tenant, False
        self._among, self._loop = among, asyncio.get_running_loop()
        self._resume: Callable[[], None] | None = None

    def ask(self, resume: Callable[[], None]) -> bool:
        """Return whether the call may read more of its answer now.

        If the result is False, ``resume`` is called later, when the call may read more.
        """
        if self.has_place:
            return True
        self._resume = resume
        return self._among.ask(self)

    def granted(self) -> None:
        if self._resume is not None:
            self._loop.call_soon_threadsafe(self._resume)

    def give_back(self) -> None:
        """If the call holds a place, release the place. Thread-safe. Can be called more than once."""
        self._resume = None
        self._among.give_back(self)


current: ContextVar[LargeAnswerPlace | None] = ContextVar("place among large answers", default=None)
"""The place of the current call. None outside the worker's calls, where nothing is limited."""
