"""Wake-ups through Redis. Losing one costs a poll's delay, never a job: every failure here is swallowed.

Where REDIS_URL is not set there are none, and whoever waits for one only waits. The library is imported with the first hint:
commands that only rehearse workflows give none.
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
"""A request waits no longer than this for a Redis that is away."""
AWAY_SECONDS = 1.0
"""After a failure nobody tries for so long: a silent Redis would else cost each request its time-out."""
BLOCK_SECONDS = 1.0
"""One read blocks no longer; a longer wait is several. So a Redis that is silent is told from one that has no hint."""
SHORTEST_WAIT_SECONDS = 0.001
"""To Redis, zero means for ever."""

# KEYS: lists, of which each keeps one element: many hints at once are one hint. ARGV: channels.
TELL = """
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
    """Of all that the library raises. Asked for once an error is on its way."""
    found: type[Exception] = importlib.import_module("redis").RedisError
    return found


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """The process's Redis client for hints, with short time-outs."""
    return _made(answer_seconds=CONNECT_SECONDS)


@lru_cache
def script(lua: str) -> Script:
    """A script with its digest, for any client."""
    made: Script = importlib.import_module("redis.commands.core").Script(client(), lua)
    return made


def wake_relay(channel: str = "") -> None:
    """Tell a relay that something is due. channel: as of ``publish``, told in the same round trip."""
    _tell([RELAY_KEY], [channel] if channel else ())


def wake_scheduler() -> None:
    """Tell the scheduler that somebody waits for a schema."""
    _tell([SCHEDULER_KEY])


def publish(channel: str) -> None:
    """Tell whoever listens on a channel that there is something to read."""
    _tell(channels=[channel])


@dataclass(eq=False)
class _Round:
    """Hints that go out in one command. keys: of lists that a waiting process reads. channels: of subscriptions."""

    keys: set[str] = field(default_factory=set)
    channels: set[str] = field(default_factory=set)
    sent: bool = False


class _Rounds:
    """While one thread sends, the hints of all others gather for the next round, which one of them sends for all.

    Each thread returns once its hint has gone out, so it waits for two rounds at most.
    """

    def __init__(self) -> None:
        self._gathering, self._sending = threading.Lock(), threading.Lock()
        self._next = _Round()

    def tell(self, keys: Iterable[str], channels: Iterable[str], send: Callable[[_Round], object]) -> None:
        with self._gathering:
            mine = self._next
            mine.keys.update(keys)
            mine.channels.update(channels)
        with self._sending:
            if mine.sent:
                return
            with self._gathering:
                self._next = _Round()
            mine.sent = True
            send(mine)


_rounds = _Rounds()


def _tell(keys: Iterable[str] = (), channels: Iterable[str] = ()) -> None:
    """Lost while Redis is away."""
    if not _is_away():
        _rounds.tell(keys, channels, lambda told: asked(partial(_send, told)))


def _send(told: _Round, to: redis.Redis) -> None:
    script(TELL)(list(told.keys), list(told.channels), to)


@lru_cache(maxsize=1)
def _waiting_client() -> redis.Redis:
    """A blocking read is silent for as long as it blocks; a Redis that is silent for longer is away."""
    return _made(answer_seconds=BLOCK_SECONDS + CONNECT_SECONDS, connect_seconds=CONNECT_SECONDS)


def wait_for_hint(key: str, seconds: float) -> None:
    """Block until a hint comes, or for that long. Without Redis it only waits: the caller's poll is the truth.

    A Redis that falls silent holds nobody for more than BLOCK_SECONDS + CONNECT_SECONDS beyond that.
    """
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
        log.debug("no hints", error=str(error))
        time.sleep(max(0.0, ends - time.monotonic()))


class _Away:
    """Until when, on the monotonic clock, this process asks nothing of Redis."""

    until = 0.0


def _is_away() -> bool:
    """Whether nobody asks Redis now, also because there is none."""
    return not settings.REDIS_URL or time.monotonic() < _Away.until


def asked(question: Callable[[redis.Redis], T]) -> T | None:
    """What Redis answers: once, without waiting longer than the time-outs. None while it is away, or where there is none."""
    if _is_away():
        return None
    try:
        return question(client())
    except _error() as error:
        _Away.until = time.monotonic() + AWAY_SECONDS
        log.debug("redis is away", error=str(error))
        return None
