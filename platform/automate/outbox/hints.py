"""Wake-ups through Redis. Losing one costs a poll's delay, never a job: every failure here is swallowed and counted."""

from __future__ import annotations

from functools import lru_cache

import redis
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

RELAY_KEY, SCHEDULER_KEY = "automate:relay:wake", "automate:scheduler:wake"
CONNECT_SECONDS = 0.5
"""A request waits no longer than this for a Redis that is away."""


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """The process's Redis client for hints, with short time-outs."""
    return redis.Redis.from_url(
        settings.REDIS_URL or "redis://127.0.0.1:6379/0",
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=CONNECT_SECONDS,
        retry_on_timeout=False,
    )


def wake_relay() -> None:
    """Tell a relay that something is due."""
    _wake(RELAY_KEY)


def wake_scheduler() -> None:
    """Tell the scheduler that somebody waits for a schema."""
    _wake(SCHEDULER_KEY)


def _wake(key: str) -> None:
    """Many hints at once are one hint: the list keeps one element."""
    try:
        with client().pipeline(transaction=False) as pipeline:
            pipeline.lpush(key, b"")
            pipeline.ltrim(key, 0, 0)
            pipeline.execute()
    except redis.RedisError as error:
        log.debug("hint lost", error=str(error))


def publish(channel: str) -> None:
    """Tell whoever listens on a channel that there is something to read."""
    try:
        client().publish(channel, b"")
    except redis.RedisError as error:
        log.debug("hint lost", channel=channel, error=str(error))
