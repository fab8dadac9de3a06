"""Django's cache in Redis. It stores counts for the rate limits of sign-in, and the used codes of second factors.

While Redis is unavailable, each process uses its own cache.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache

from automate.kernel.json_values import JsonValue
from automate.outbox.wakeups import asked

MOST_OWN = 8_192
"""Entries that a process keeps while Redis is unavailable."""
KEY_PREFIX = "automate:cache"

RedisAnswer: TypeAlias = Any
"""The answer of a Redis command. redis-py types it as a union with awaitables, which a blocking client never returns."""


class SharedCache(BaseCache):
    """A cache that stores values as JSON. If values were pickled, values from Redis could run code."""

    def __init__(self, name: str, params: dict[str, object]) -> None:
        super().__init__({"KEY_PREFIX": KEY_PREFIX, **params})
        self._own = LocMemCache(f"automate {name}", {"OPTIONS": {"MAX_ENTRIES": MOST_OWN}})

    def add(
        self, key: str, value: JsonValue, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store a value if the key has no value yet. Returns whether the value was stored."""
        return self._set(key, value, timeout, version, only_new=True)

    def set(
        self, key: str, value: JsonValue, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._set(key, value, timeout, version, only_new=False)

    def get(self, key: str, default: object = None, version: int | None = None) -> object:
        name = self.make_and_validate_key(key, version)
        found = _answer(lambda client: client.get(name))
        if found is None:
            return self._own.get(name, default)
        (text,) = found
        return default if text is None else json.loads(text)

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        name, seconds = self.make_and_validate_key(key, version), self._seconds(timeout)
        found = _answer(lambda client: client.persist(name) if seconds is None else client.expire(name, seconds))
        return self._own.touch(name, seconds) if found is None else bool(found[0])

    def delete(self, key: str, version: int | None = None) -> bool:
        name = self.make_and_validate_key(key, version)
        own = self._own.delete(name)
        found = _answer(lambda client: client.delete(name))
        return own if found is None else bool(found[0])

    def clear(self) -> None:
        """Remove the entries in the memory of this process. The shared entries in Redis are not removed."""
        self._own.clear()

    def _set(self, key: str, value: JsonValue, timeout: float | None, version: int | None, *, only_new: bool) -> bool:
        name, seconds = self.make_and_validate_key(key, version), self._seconds(timeout)
        text = json.dumps(value)
        found = _answer(lambda client: client.set(name, text, ex=seconds, nx=only_new))
        if found is not None:
            return bool(found[0])
        if only_new:
            return self._own.add(name, value, seconds)
        self._own.set(name, value, seconds)
        return True

    def _seconds(self, timeout: float | None) -> int | None:
        # At least 1. None if the entry never expires.
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if seconds is None else max(1, math.ceil(seconds))


def _answer(question: Callable[[redis.Redis], object]) -> tuple[RedisAnswer] | None:
    # The answer in a tuple, or None while Redis is unavailable.
    return asked(lambda client: (question(client),))
