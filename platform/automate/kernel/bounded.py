"""A thread-safe cache with a maximum weight. The least recently used entry is evicted first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """A cache with a maximum weight. The default weight of an entry is 1. The newest entry is never evicted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._weight = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Store a value. ``weight`` must be greater than zero."""
        with self._lock:
            replaced = self._entries.pop(key, None)
            self._entries[key] = value, weight
            self._weight += weight - (replaced[1] if replaced else 0)
            while self._weight > self._most and len(self._entries) > 1:
                _, (_, freed) = self._entries.popitem(last=False)
                self._weight -= freed
