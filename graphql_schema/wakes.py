"""Wake-ups for subscriptions: one Redis subscription a process, whatever the number of streams. Losing one costs a poll.

A thread listens, not a task: redis-py's asyncio client can swallow a cancellation while it connects (1 in 400 in
version 8.1), and a task that cannot be cancelled keeps a server from stopping.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from django.conf import settings

from automate.kernel.redis_clients import redis_client

log = structlog.get_logger(__name__)

LISTENING_POLL_SECONDS = 5.0
ALONE_POLL_SECONDS = 1.0
"""How often a stream looks without a wake-up: rarely while Redis would tell, each second while it is away."""
_CONNECT_SECONDS = 2.0
_PING_SECONDS = 5.0
"""A subscription that was silent for so long is asked PING; silent for twice as long, it counts as lost."""
_LOOK_UP_SECONDS = 0.25
"""How soon the listener notices that others are waited for."""


@dataclass(frozen=True, eq=False)
class Waiter:
    """One stream's event, and the loop that it must be set on."""

    wakes: Wakes
    name: str
    event: asyncio.Event
    loop: asyncio.AbstractEventLoop

    def poll_seconds(self) -> float:
        return LISTENING_POLL_SECONDS if self.name in self.wakes.heard else ALONE_POLL_SECONDS

    def wake(self) -> None:
        # A loop that is closed has no stream left to wake.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.event.set)


class _Silence:
    """How long a subscription has received nothing. A silent one is asked PING, and counts as lost without an answer."""

    def __init__(self, pubsub: Any) -> None:
        self._pubsub = pubsub
        self._heard_at = time.monotonic()
        self._asked = False

    def heard(self, message: object) -> None:
        """Of each look, also where it found nothing. Raises redis.TimeoutError for a subscription that is lost."""
        now = time.monotonic()
        if message is not None:
            self._heard_at, self._asked = now, False
        elif now - self._heard_at > 2 * _PING_SECONDS:
            raise redis.TimeoutError(f"Redis has sent nothing for {now - self._heard_at:.0f} s")
        elif now - self._heard_at > _PING_SECONDS and not self._asked:
            self._pubsub.ping()
            self._asked = True


class Wakes:
    """Who waits for which channel. heard: those that Redis has confirmed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: dict[str, set[Waiter]] = defaultdict(set)
        self.heard: set[str] = set()
        self.thread: threading.Thread | None = None

    @contextmanager
    def of(self, channel: str) -> Iterator[Waiter]:
        """An event that is set whenever there may be something new to read."""
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
        """Until nobody waits any more."""
        while True:
            try:
                self._follow()
            except (redis.RedisError, OSError) as error:
                log.debug("feed wake-ups away", error=str(error))
                time.sleep(ALONE_POLL_SECONDS)
            finally:
                self.heard.clear()
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
            silence = _Silence(pubsub)
            while wanted := self._wanted():
                if wanted - asked:
                    pubsub.subscribe(*(wanted - asked))
                if asked - wanted:
                    pubsub.unsubscribe(*(asked - wanted))
                asked = wanted
                message = pubsub.get_message(timeout=_LOOK_UP_SECONDS)
                silence.heard(message)
                if message is None or message["type"] == "pong":
                    continue
                name = message["channel"].decode()
                if message["type"] == "subscribe":
                    self.heard.add(name)
                elif message["type"] == "unsubscribe":
                    self.heard.discard(name)
                # Also on its subscription: what was written before that stood has nobody else to tell of it.
                self._wake(name)


wakes = Wakes()
