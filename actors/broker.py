"""Dramatiq's Redis broker with a consumer that waits for messages without polling.

Each enqueued message also pushes a wake token to Redis. An idle consumer waits for the token with BLPOP.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any, TypeAlias

import redis
import structlog
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed

from automate.kernel.redis_clients import redis_client

log = structlog.get_logger(__name__)

WAKE_TOKENS_KEPT = 64
"""The maximum number of tokens. More tokens than idle consumers have no effect."""

SILENT_SECONDS = 5.0
"""Redis counts as unavailable if it does not answer for this long. An idle consumer waits for a wake token for a
shorter time."""


BrokerMessage: TypeAlias = Any
"""A message that dramatiq's consumer returns. dramatiq does not type the consumers of its Redis broker."""


class WakingRedisBroker(RedisBroker):
    """A Redis broker. When a message is enqueued, an idle consumer wakes."""

    def __init__(self, *, url: str, **options: object) -> None:
        client = redis_client(url, answer_seconds=SILENT_SECONDS)
        super().__init__(client=client, **options)
        self.turned: dict[str, float] = {}

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        return _WakingConsumer

    def enqueue(self, message: Message[object], *, delay: int | None = None) -> Message[object]:
        enqueued = super().enqueue(message, delay=delay)
        self.wake(message.queue_name, 1)
        return enqueued

    def wake(self, queue_name: str, consumers: int) -> None:
        """Wake at most ``consumers`` idle consumers of the queue. Raises redis.RedisError."""
        key = self.wake_key(queue_name)
        with self.client.pipeline(transaction=False) as pipeline:
            pipeline.lpush(key, *[b""] * consumers)
            pipeline.ltrim(key, 0, WAKE_TOKENS_KEPT - 1)
            pipeline.execute()

    def wake_key(self, queue_name: str) -> str:
        return f"{self.namespace}:wake:{queue_name}"

    def wait(self, queue_name: str, seconds: float) -> None:
        """Block until a message is enqueued, or until ``seconds`` have passed."""
        self.client.blpop([self.wake_key(queue_name)], timeout=seconds)


LOST = (ConnectionClosed, redis.RedisError)
"""Errors of a command that did not reach Redis. Such an error loses no job."""


class _WakingConsumer(_RedisConsumer):
    def __init__(self, broker: WakingRedisBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)
        self.room = threading.Event()

    def ack(self, message: object) -> None:
        # If this fails, Redis delivers the message again. The jobs of the message are already done.
        try:
            super().ack(message)
        except LOST as error:
            log.warning("a message was not acknowledged", error=str(error))
        self.room.set()

    def nack(self, message: object) -> None:
        try:
            super().nack(message)
        except LOST as error:
            log.warning("a message was not rejected", error=str(error))
        self.room.set()

    def requeue(self, messages: Iterable[object]) -> None:
        # If this fails, the relay sends their jobs again.
        given = list(messages)
        if not given:
            return
        try:
            super().requeue(given)
            self.broker.wake(self.queue_name, min(len(given), WAKE_TOKENS_KEPT))
        except LOST as error:
            log.warning("messages were not given back", error=str(error), messages=len(given))

    def close(self) -> None:
        # Fetched messages that no thread has begun return to Redis.
        cached, self.message_cache = self.message_cache, []
        self.requeue([Message.decode(data) for data in cached if data is not None])

    def __next__(self) -> BrokerMessage:
        self.broker.turned[self.queue_name] = time.monotonic()
        if self.message_cache:
            return super().__next__()
        free = self.prefetch - self.outstanding_message_count
        if free <= 0:
            self.room.wait(self.timeout / 1000)
            self.room.clear()
            return None
        try:
            self.message_cache = self.broker.do_fetch(self.queue_name, free)
            if not self.message_cache:
                self.broker.wait(self.queue_name, self.timeout / 1000)
                return None
        except redis.RedisError as error:
            raise ConnectionClosed(error) from None
        return super().__next__()
