"""Limits the rate at which a source accepts webhooks. Redis stores a token bucket for each source."""

from __future__ import annotations

import math
import threading
import time
import uuid
from collections.abc import Callable
from typing import cast

import redis

from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import NormalizedError
from automate.outbox.wakeups import asked, script
from automate.triggers.source_settings import SourceRate

MOST_SOURCES = 4_096
"""The number of sources whose tokens a process remembers."""
HELD_SECONDS = 1.0
HANDFULS_PER_SECOND = 10
"""A process at full speed asks Redis this many times a second, regardless of the rate of its webhooks."""
MOST_CLOSED_SECONDS = 1.0
"""After a refusal, a process asks again when the bucket has refilled, but at the latest after this time."""
MICROSECONDS = 1_000_000

# KEYS: the bucket. ARGV: tokens a second, capacity, tokens needed, tokens wanted.
# Returns the tokens taken (0, or from needed to wanted) and, for 0, the microseconds until enough exist.
TAKE = """
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local rate, most, needed, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local passed = math.max(0, at - (tonumber(held[2]) or at))
local tokens = math.min(most, (tonumber(held[1]) or most) + passed * rate / 1000000)
local taken, wait = 0, 0
if tokens >= needed then
    taken = math.max(needed, math.min(wanted, math.floor(tokens)))
else
    wait = math.ceil((needed - tokens) * 1000000 / rate)
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens - taken), 'at', string.format('%.0f', at))
redis.call('PEXPIRE', KEYS[1], math.ceil(most / rate * 1000) + 1000)
return {taken, wait}
"""

Clock = Callable[[], float]


class TokenBucket:
    """A token bucket in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: float | None = None
        self._at = 0.0

    def take(self, needed: int, per_second: float, most: int) -> float:
        """Take ``needed`` tokens and return 0. If too few tokens are left, return the seconds to wait."""
        now = self._clock()
        tokens = float(most) if self._tokens is None else self._tokens + (now - self._at) * per_second
        self._tokens, self._at = min(float(most), tokens), now
        if self._tokens >= needed:
            self._tokens -= needed
            return 0.0
        return (needed - self._tokens) / per_second


class Gate:
    """The rate limit of one source in this process."""

    def __init__(self, key: str, clock: Clock = time.monotonic) -> None:
        self._key = key
        self._clock = clock
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._tokens = 0
        self._held_until = self._closed_until = 0.0
        self._own = TokenBucket(clock)

    def wait(self, needed: int, rate: SourceRate) -> float:
        """Take ``needed`` tokens and return 0. If too few tokens are left, return the seconds to wait."""
        known = self._known(needed)
        if known is not None:
            return known
        # One thread asks for all. Otherwise each would take tokens from other processes that it does not need.
        with self._asking:
            known = self._known(needed)
            return self._asked(needed, rate) if known is None else known

    def _known(self, needed: int) -> float | None:
        # None if this process must ask Redis.
        with self._lock:
            now = self._clock()
            if now >= self._held_until:
                self._tokens = 0
            if self._tokens >= needed:
                self._tokens -= needed
                return 0.0
            return self._closed_until - now if now < self._closed_until else None

    def _asked(self, needed: int, rate: SourceRate) -> float:
        with self._lock:
            # Include the tokens held: a batch that needs the whole bucket finds part of it here and the rest in Redis.
            held, self._tokens = self._tokens, 0
        answer = asked(lambda client: self._take(client, needed - held, rate))
        with self._lock:
            if answer is None:
                return self._own.take(needed, rate.per_second, rate.burst)
            taken, wait = answer
            now = self._clock()
            if taken:
                self._tokens += held + taken - needed
                self._held_until = now + HELD_SECONDS
                return 0.0
            self._tokens += held
            self._closed_until = now + min(wait, MOST_CLOSED_SECONDS)
            return wait

    def _take(self, client: redis.Redis, needed: int, rate: SourceRate) -> tuple[int, float]:
        handful = min(rate.per_second, rate.burst) // HANDFULS_PER_SECOND
        arguments = (rate.per_second, rate.burst, needed, max(needed, handful))
        answer = script(TAKE)([self._key], arguments, client)
        # redis-py types the answer of a script as Any or str.
        taken, microseconds = cast("tuple[int, int]", answer)
        return taken, microseconds / MICROSECONDS


_gates: BoundedCache[uuid.UUID, Gate] = BoundedCache(MOST_SOURCES)
_making = threading.Lock()


def admit(source_id: uuid.UUID, rate: SourceRate) -> None:
    """Admit one webhook of a source. If the rate is exceeded, raises RATE_LIMITED with ``retry_after_seconds``."""
    wait = _gate(source_id).wait(1, rate)
    if wait > 0:
        raise _too_fast(wait, rate)


def admit_others(source_id: uuid.UUID, events: int, rate: SourceRate) -> None:
    """Take tokens for all events of a batch except the first. Raises RATE_LIMITED if too few tokens are left."""
    # A batch with more events than the burst empties the bucket.
    others = min(events, rate.burst) - 1
    wait = _gate(source_id).wait(others, rate) if others > 0 else 0
    if wait > 0:
        # The repeated request needs one more token.
        raise _too_fast(wait + 1 / rate.per_second, rate)


def _too_fast(wait: float, rate: SourceRate) -> NormalizedError:
    return NormalizedError(
        "RATE_LIMITED",
        f"This webhook exceeds the rate of its source. The source accepts {rate.per_second} webhooks a second. After a pause, it "
        f"accepts a burst of {rate.burst} webhooks. Send the webhook again after the number of seconds in Retry-After.",
        details={
            "retry_after_seconds": math.ceil(wait),
            "per_second": rate.per_second,
            "burst": rate.burst,
        },
    )


def _gate(source_id: uuid.UUID) -> Gate:
    with _making:
        gate = _gates.get(source_id)
        if gate is None:
            gate = Gate(f"automate:source:{source_id.hex}")
            _gates.put(source_id, gate)
        return gate
