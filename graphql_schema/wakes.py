"""Wakes subscriptions through Redis. A lost wake-up only delays a stream until the next poll."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import redis
import structlog
from django.conf import settings
from redis.client import PubSub

from automate.kernel.redis_clients import redis_client

log = structlog.get_logger(__name__)

LISTENING_POLL_SECONDS = 5.0
ALONE_POLL_SECONDS = 1.0
"""Seconds between two polls of a stream: 5 while Redis sends wake-ups, 1 while Redis is unavailable."""
_CONNECT_SECONDS = 2.0
_PING_SECONDS = 5.0
"""After so many seconds without a message, PING checks the connection. After twice this time it counts as lost."""
_LOOK_UP_SECONDS = 0.25
"""Seconds until the listener notices that it needs other channels."""


@dataclass(frozen=True, eq=False)
class Waiter:
    """One waiting stream: the ``asyncio.Event`` that wakes the stream, and the stream's event loop."""

    wakes: Wakes
    name: str
    event: asyncio.Event
    loop: asyncio.AbstractEventLoop

    def poll_seconds(self) -> float:
        return LISTENING_POLL_SECONDS if self.name in self.wakes.confirmed else ALONE_POLL_SECONDS

    def wake(self) -> None:
        # A closed loop has no stream left to wake.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.event.set)


class _PingTimer:
    # After some silence it sends PING. If no answer comes, the connection is lost.
    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub
        self._received_at = time.monotonic()
        self._asked = False

    def note(self, message: object) -> None:
        # Raises redis.TimeoutError if the connection is lost.
        now = time.monotonic()
        if message is not None:
            self._received_at, self._asked = now, False
        elif now - self._received_at > 2 * _PING_SECONDS:
            raise redis.TimeoutError(f"Redis has sent nothing for {now - self._received_at:.0f} s")
        elif now - self._received_at > _PING_SECONDS and not self._asked:
            self._pubsub.ping()
            self._asked = True


class Wakes:
    """Maps each channel to the streams that wait for it. ``confirmed`` contains the channels that Redis has confirmed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: dict[str, set[Waiter]] = defaultdict(set)
        self.confirmed: set[str] = set()
        self.thread: threading.Thread | None = None

    @contextmanager
    def of(self, channel: str) -> Iterator[Waiter]:
        """Yield a ``Waiter``. Its event is set whenever new entries may have arrived in the channel."""
        waiter = Waiter(self, channel, asyncio.Event(), asyncio.get_running_loop())
        with self.lock:
            self.waiting[waiter.name].add(waiter)
            if self.thread is None:
                self.thread = threading.Thread(target=self._listen, name="feed-wakes", daemon=True)
                self.thread.start()
        try:
            yield waiter
        finally:
            with self.lock:
                self.waiting[waiter.name].discard(waiter)
                if not self.waiting[waiter.name]:
                    del self.waiting[waiter.name]

    def _wake(self, name: str) -> None:
        with self.lock:
            waiters = list(self.waiting.get(name, ()))
        for waiter in waiters:
            waiter.wake()

    def _wanted(self) -> set[str]:
        with self.lock:
            return set(self.waiting)

    def _listen(self) -> None:
        while True:
            try:
                self._follow()
            except (redis.RedisError, OSError) as error:
                log.debug("feed wake-ups away", error=str(error))
                time.sleep(ALONE_POLL_SECONDS)
            finally:
                self.confirmed.clear()
            with self.lock:
                if not self.waiting:
                    self.thread = None
                    return

    def _follow(self) -> None:
        if not settings.REDIS_URL:
            raise redis.ConnectionError("REDIS_URL is not set")
        with (
            redis_client(settings.REDIS_URL, answer_seconds=_CONNECT_SECONDS) as client,
            client.pubsub() as pubsub,
        ):
            asked: set[str] = set()
            silence = _PingTimer(pubsub)
            while wanted := self._wanted():
                if wanted - asked:
                    pubsub.subscribe(*(wanted - asked))
                if asked - wanted:
                    pubsub.unsubscribe(*(asked - wanted))
                asked = wanted
                message = pubsub.get_message(timeout=_LOOK_UP_SECONDS)
                silence.note(message)
                if message is None or message["type"] == "pong":
                    continue
                name = message["channel"].decode()
                if message["type"] == "subscribe":
                    self.confirmed.add(name)
                elif message["type"] == "unsubscribe":
                    self.confirmed.discard(name)
                # Also when a subscription begins: no wake-up is sent for earlier entries.
                self._wake(name)


wakes = Wakes()
