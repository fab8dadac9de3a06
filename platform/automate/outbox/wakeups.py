"""Sends and receives wakeups through Redis. Errors of Redis are ignored: a lost wakeup only delays a job.

Without REDIS_URL, no wakeup is sent, and each receiver waits until the time limit.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
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
CLAIMED_KEY = "automate:relay:claimed"
"""A list with the number of jobs of each claim."""
CLAIMS_KEPT = 1_000
"""The maximum length of that list. The relay empties the list before each round."""
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


def tell_of_claims(jobs: int) -> None:
    """Tell the relay that a worker has claimed jobs."""

    def tell(to: redis.Redis) -> None:
        with to.pipeline(transaction=False) as pipeline:
            pipeline.lpush(CLAIMED_KEY, jobs)
            pipeline.ltrim(CLAIMED_KEY, 0, CLAIMS_KEPT - 1)
            pipeline.execute()

    asked(tell)


def forget_claims() -> None:
    """Forget the claims of which the relay was told."""
    asked(lambda to: to.delete(CLAIMED_KEY))


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


def is_woken(*keys: str) -> bool:
    """Return whether a wakeup of one of the keys has arrived. The next wait receives it."""
    return bool(asked(lambda to: to.exists(*keys)))


def wait_for_wakeup(key: str, seconds: float, *more_keys: str) -> None:
    """Wait until a wakeup of one of the keys arrives. Return after ``seconds`` at the latest."""
    _popped([key, *more_keys], time.monotonic() + seconds)


def wait_for_claims(jobs: int, seconds: float) -> bool:
    """Wait until workers have claimed so many jobs, or until the relay is woken. Return after ``seconds`` at the latest.

    Returns whether the relay was woken.
    """
    ends = time.monotonic() + seconds
    while jobs > 0:
        popped = _popped([RELAY_KEY, CLAIMED_KEY], ends)
        if popped is None or popped[0] == RELAY_KEY:
            return popped is not None
        jobs -= int(popped[1]) if popped[1].isdecimal() else 0
    return False


def _text(element: bytes | str) -> str:
    # Other programs may have written to this Redis.
    return element if isinstance(element, str) else element.decode(errors="replace")


def _popped(keys: Sequence[str], ends: float) -> tuple[str, str] | None:
    # The key and the value; None after the time `ends`.
    left = ends - time.monotonic()
    if not settings.REDIS_URL:
        time.sleep(max(0.0, left))
        return None
    try:
        while True:
            popped = _waiting_client().blpop(list(keys), timeout=min(max(left, SHORTEST_WAIT_SECONDS), BLOCK_SECONDS))
            if popped is not None:
                return _text(popped[0]), _text(popped[1])
            left = ends - time.monotonic()
            if left <= 0:
                return None
    except _error() as error:
        log.debug("no wakeups", error=str(error))
        time.sleep(max(0.0, ends - time.monotonic()))
        return None


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
