"""Sends and receives wakeups through Redis. Errors of Redis are ignored: a lost wakeup only delays a job.

Without REDIS_URL, no wakeup is sent, and each receiver waits until the time limit.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeVar

import structlog
from django.conf import settings

if TYPE_CHECKING:
    import redis
    from redis.commands.core import Script

log = structlog.get_logger(__name__)

T = TypeVar("T")

RELAY_KEY, SCHEDULER_KEY = "automate:relay:wake", "automate:scheduler:wake"
CONNECT_SECONDS = 0.5
"""Maximum wait of a request for an unreachable Redis."""
AWAY_SECONDS = 1.0
"""Pause after a failure. Otherwise a silent Redis would cost each request its timeout."""
BLOCK_SECONDS = 1.0
"""The maximum duration of one read. A longer wait uses several reads, so that a silent Redis is noticed."""
SHORTEST_WAIT_SECONDS = 0.001
"""Redis reads zero as forever."""

# KEYS: lists with at most one element each, so that many wakeups at once are one wakeup. ARGV: channels.
SEND_WAKEUPS = """
for _, key in ipairs(KEYS) do
    redis.call('LPUSH', key, '')
    redis.call('LTRIM', key, 0, 0)
end
for _, channel in ipairs(ARGV) do
    redis.call('PUBLISH', channel, '')
end
"""


def _made(**seconds: float) -> redis.Redis:
    made: redis.Redis = importlib.import_module("automate.kernel.redis_clients").redis_client(
        settings.REDIS_URL, **seconds
    )
    return made


def _error() -> type[Exception]:
    # Only for an `except` clause: Python evaluates it after an error, when the library is loaded.
    found: type[Exception] = importlib.import_module("redis").RedisError
    return found


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """Return the Redis client for wakeups. It has short timeouts."""
    return _made(answer_seconds=CONNECT_SECONDS)


@lru_cache
def script(lua: str) -> Script:
    """Prepare a Lua script."""
    made: Script = importlib.import_module("redis.commands.core").Script(client(), lua)
    return made


def wake_relay(channel: str = "") -> None:
    """Wake a relay. Also notifies the listeners of ``channel``."""
    _send_wakeups([RELAY_KEY], [channel] if channel else ())


def wake_scheduler() -> None:
    """Wake the scheduler."""
    _send_wakeups([SCHEDULER_KEY])


def publish(channel: str) -> None:
    """Notify the listeners of a channel."""
    _send_wakeups(channels=[channel])


@dataclass(eq=False)
class _Batch:
    keys: set[str] = field(default_factory=set)
    """Lists that a waiting process reads."""
    channels: set[str] = field(default_factory=set)
    """Channels of subscriptions."""
    sent: bool = False


class _Batches:
    # While one thread sends a round, the wakeups of other threads are collected for the next round.
    def __init__(self) -> None:
        self._gathering, self._sending = threading.Lock(), threading.Lock()
        self._next = _Batch()

    def send(self, keys: Iterable[str], channels: Iterable[str], send: Callable[[_Batch], object]) -> None:
        with self._gathering:
            mine = self._next
            mine.keys.update(keys)
            mine.channels.update(channels)
        with self._sending:
            if mine.sent:
                return
            with self._gathering:
                self._next = _Batch()
            mine.sent = True
            send(mine)


_rounds = _Batches()


def _send_wakeups(keys: Iterable[str] = (), channels: Iterable[str] = ()) -> None:
    # Lost while Redis is unreachable.
    if not _is_away():
        _rounds.send(keys, channels, lambda batch: asked(partial(_send, batch)))


def _send(batch: _Batch, to: redis.Redis) -> None:
    script(SEND_WAKEUPS)(list(batch.keys), list(batch.channels), to)


@lru_cache(maxsize=1)
def _waiting_client() -> redis.Redis:
    # If Redis does not answer soon after BLOCK_SECONDS, Redis counts as unreachable.
    return _made(answer_seconds=BLOCK_SECONDS + CONNECT_SECONDS, connect_seconds=CONNECT_SECONDS)


def wait_for_wakeup(key: str, seconds: float) -> None:
    """Wait until a wakeup arrives. Return after ``seconds`` at the latest."""
    if not settings.REDIS_URL:
        time.sleep(seconds)
        return
    ends = time.monotonic() + seconds
    left = seconds
    try:
        while _waiting_client().blpop([key], timeout=min(max(left, SHORTEST_WAIT_SECONDS), BLOCK_SECONDS)) is None:
            left = ends - time.monotonic()
            if left <= 0:
                return
    except _error() as error:
        log.debug("no wakeups", error=str(error))
        time.sleep(max(0.0, ends - time.monotonic()))


class _Backoff:
    until = 0.0


def _is_away() -> bool:
    # Redis failed recently, or REDIS_URL is not set.
    return not settings.REDIS_URL or time.monotonic() < _Backoff.until


def asked(question: Callable[[redis.Redis], T]) -> T | None:
    """Call ``question`` with a Redis client that has short timeouts. Return None while Redis is unreachable."""
    if _is_away():
        return None
    try:
        return question(client())
    except _error() as error:
        _Backoff.until = time.monotonic() + AWAY_SECONDS
        log.debug("redis is away", error=str(error))
        return None
