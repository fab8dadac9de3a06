"""Dramatiq's Redis broker with a consumer that waits for messages without polling.

Each enqueued message also pushes wake tokens to Redis. An idle consumer waits for a token with BLPOP.

A message may have a key, such as a tenant's id. The worker process that takes the first message of a key then owns the key,
and other processes leave the key's messages to the owner. They take such a message if it has waited too long. So a process that
ended, or that is busy, holds up no message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import redis
import structlog
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.common import current_millis
from dramatiq.errors import ConnectionClosed

from automate.kernel.redis_clients import redis_client

log = structlog.get_logger(__name__)

WAKE_TOKENS_KEPT = 64
"""The maximum number of tokens. More tokens than idle consumers have no effect."""
KEY: Final = "key"
"""The option of a message that is its key."""
JOBS: Final = "jobs"
"""The option of a message that is the number of its jobs."""
SMALL_MESSAGE = 8
"""A message with at most so many jobs is taken at once by the owner of its key, even if the owner has enough to do."""
PATIENCE_MS = 20
"""How long a message waits for the owner of its key while another process is idle."""
LONG_PATIENCE_MS = 250
"""How long it waits if each other process is busy."""
LOOK_MS = 10
"""How often a process that has enough to do looks at the messages that it has left in Redis."""

SILENT_SECONDS = 5.0
"""Redis counts as unavailable if it does not answer for this long. An idle consumer waits for a wake token for a
shorter time."""

OWNERS_KEPT, OWNERS_SECONDS = 10_000, 3_600
"""The maximum number of keys with an owner, and how long Redis remembers the owners."""

# KEYS: the queue, its messages, their keys, the owners, the wake tokens of all. ARGV: id, data, key, jobs, most tokens.
# A message without an entry among the keys is taken by any process.
ENQUEUE = f"""
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('RPUSH', KEYS[1], ARGV[1])
if ARGV[3] ~= '' then
    local time = redis.call('TIME')
    redis.call('HSET', KEYS[3], ARGV[1], ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. (time[1] * 1000 + math.floor(time[2] / 1000)))
    local owner = redis.call('HGET', KEYS[4], ARGV[3])
    if owner then
        local wake = KEYS[5] .. ':' .. owner
        redis.call('LPUSH', wake, '')
        redis.call('LTRIM', wake, 0, 0)
        redis.call('EXPIRE', wake, {OWNERS_SECONDS})
    end
end
redis.call('LPUSH', KEYS[5], '')
redis.call('LTRIM', KEYS[5], 0, ARGV[5] - 1)
"""
LOOK_AT = 64
"""The number of messages in which a process looks for its own."""
# KEYS: as above without the tokens, then the acknowledgements and heartbeats of dramatiq. ARGV: this worker, its time, the most messages,
# the most with a key and many jobs, whether it is idle, then its busy keys.
# Returns the milliseconds after which to look again (-1: no message waits), then the messages.
FETCH = f"""
redis.call('ZADD', KEYS[6], ARGV[2], ARGV[1])
local ids = redis.call('LRANGE', KEYS[1], 0, {LOOK_AT} - 1)
if #ids == 0 then
    redis.call('DEL', KEYS[3])
    return {{-1}}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most, large, idle = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local busy = {{}}
for place = 6, #ARGV do busy[ARGV[place]] = true end
local taken, wait = {{}}, {LOOK_MS}
for _, id in ipairs(ids) do
    if #taken == most then break end
    local kept = redis.call('HGET', KEYS[3], id)
    local take = true
    if kept then
        local key, jobs, since = string.match(kept, '^(%S+) (%d+) (%d+)$')
        local owner, age = redis.call('HGET', KEYS[4], key), now - since
        if age < 0 then age = {LONG_PATIENCE_MS} end -- the clock was set back
        local many = tonumber(jobs) > {SMALL_MESSAGE}
        if many and large <= 0 then
            take = false
        elseif owner and owner ~= ARGV[1] then
            take = age >= {LONG_PATIENCE_MS} or (idle and age >= {PATIENCE_MS})
        elseif many and busy[key] then
            take = age >= 2 * {PATIENCE_MS}
        end
        if take and many then large = large - 1 end
        if take and owner ~= ARGV[1] then
            if redis.call('HLEN', KEYS[4]) >= {OWNERS_KEPT} then redis.call('DEL', KEYS[4]) end
            redis.call('HSET', KEYS[4], key, ARGV[1])
            redis.call('EXPIRE', KEYS[4], {OWNERS_SECONDS})
        end
    end
    if take then
        redis.call('LREM', KEYS[1], 1, id)
        redis.call('HDEL', KEYS[3], id)
        redis.call('SADD', KEYS[5], id)
        taken[#taken + 1] = id
    end
end
if #taken == 0 then return {{wait}} end
local found = redis.call('HMGET', KEYS[2], unpack(taken))
table.insert(found, 1, 0)
return found
"""


@dataclass(frozen=True)
class Appetite:
    """What a worker process would take from Redis now."""

    large: int
    """The number of messages with many jobs."""
    idle: bool
    """Whether it may take messages of which another process owns the key."""
    busy: Iterable[str] = ()
    """The keys with which it has enough to do. An idle process may take further messages with these keys."""


ANY = Appetite(large=1_000, idle=True)


class WakingRedisBroker(RedisBroker):
    """A Redis broker. When a message is enqueued, an idle consumer wakes."""

    def __init__(self, *, url: str, **options: Any) -> None:
        client = redis_client(url, answer_seconds=SILENT_SECONDS)
        super().__init__(client=client, **options)
        self.turned: dict[str, float] = {}
        self.appetite: Callable[[], Appetite] = lambda: ANY
        self._enqueue, self._fetch = self.client.register_script(ENQUEUE), self.client.register_script(FETCH)

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        return _WakingConsumer

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Enqueue a message, and wake an idle consumer. Raises ValueError for a delayed message."""
        if delay is not None:
            raise ValueError("A job that is due later stays in PostgreSQL. Do not delay messages.")
        made = message.copy(options={"redis_message_id": str(uuid4())})
        queue_name, options = made.queue_name, made.options
        self.emit_before("enqueue", made, None)
        self._enqueue(
            keys=[*self._keys(queue_name), self.wake_key(queue_name)],
            args=[
                options["redis_message_id"],
                made.encode(),
                options.get(KEY, ""),
                options.get(JOBS, 1),
                WAKE_TOKENS_KEPT,
            ],
        )
        self.emit_after("enqueue", made, None)
        return made

    def fetch(self, queue_name: str, most: int) -> tuple[int, list[bytes]]:
        """Take at most ``most`` messages from Redis.

        Returns the milliseconds after which to look again, or -1 if no message waits; and the messages.
        """
        appetite = self.appetite()
        acks = f"{self.namespace}:__acks__.{self.broker_id}.{queue_name}"
        wait, *found = self._fetch(
            keys=[*self._keys(queue_name), acks, f"{self.namespace}:__heartbeats__"],
            args=[
                self.broker_id,
                current_millis(),
                most,
                appetite.large,
                int(appetite.idle),
                *appetite.busy,
            ],
        )
        return int(wait), found

    def _keys(self, queue_name: str) -> list[str]:
        queue = f"{self.namespace}:{queue_name}"
        return [queue, f"{queue}.msgs", f"{queue}.keys", f"{self.namespace}:owners"]

    def wake(self, queue_name: str, consumers: int) -> None:
        """Wake this many idle consumers of the queue. Raises redis.RedisError."""
        key = self.wake_key(queue_name)
        with self.client.pipeline(transaction=False) as pipeline:
            pipeline.lpush(key, *[b""] * consumers)
            pipeline.ltrim(key, 0, WAKE_TOKENS_KEPT - 1)
            pipeline.execute()

    def wake_key(self, queue_name: str) -> str:
        return f"{self.namespace}:wake:{queue_name}"

    def wait(self, queue_name: str, seconds: float) -> None:
        """Block until a message is enqueued, or until ``seconds`` have passed."""
        shared = self.wake_key(queue_name)
        self.client.blpop([f"{shared}:{self.broker_id}", shared], timeout=seconds)


LOST = (ConnectionClosed, redis.RedisError)
"""Errors of a command that did not reach Redis. Such an error loses no job."""


class _WakingConsumer(_RedisConsumer):
    def __init__(self, broker: WakingRedisBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)
        self.room = threading.Event()

    def ack(self, message: Any) -> None:
        # If this fails, Redis delivers the message again. The jobs of the message are already done.
        try:
            super().ack(message)
        except LOST as error:
            log.warning("a message was not acknowledged", error=str(error))
        self.room.set()

    def nack(self, message: Any) -> None:
        try:
            super().nack(message)
        except LOST as error:
            log.warning("a message was not rejected", error=str(error))
        self.room.set()

    def requeue(self, messages: Iterable[Any]) -> None:
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

    def __next__(self) -> Any:
        self.broker.turned[self.queue_name] = time.monotonic()
        if self.message_cache:
            return super().__next__()
        free = self.prefetch - self.outstanding_message_count
        if free <= 0:
            self.room.wait(self.timeout / 1000)
            self.room.clear()
            return None
        try:
            wait, self.message_cache = self.broker.fetch(self.queue_name, free)
            if not self.message_cache:
                self.broker.wait(self.queue_name, (self.timeout if wait < 0 else wait) / 1000)
                return None
        except redis.RedisError as error:
            raise ConnectionClosed(error) from None
        return super().__next__()
