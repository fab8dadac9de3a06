"""Creates Redis clients that detect a silent server."""

from __future__ import annotations

import socket

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

HEALTH_CHECK_SECONDS = 10
"""A connection that was idle for longer gets a PING before its next command."""

_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 25_000}


def redis_client(
    url: str, *, answer_seconds: float, connect_seconds: float | None = None, retries: int = 0, **options: object
) -> redis.Redis:
    """Create a Redis client with a deadline for each answer.

    ``answer_seconds`` is this deadline. ``connect_seconds`` limits the time to connect. If ``connect_seconds`` is
    missing, ``answer_seconds`` also limits this time.
    """
    tcp: dict[str, object] = {}
    if not url.startswith("unix:"):
        tcp = {"socket_keepalive": True, "socket_keepalive_options": _socket_options()}
    return redis.Redis.from_url(
        url,
        socket_timeout=answer_seconds,
        socket_connect_timeout=answer_seconds if connect_seconds is None else connect_seconds,
        health_check_interval=HEALTH_CHECK_SECONDS,
        retry=Retry(NoBackoff(), retries),
        **tcp,
        **options,
    )


def _socket_options() -> dict[int, int]:
    return {getattr(socket, name): value for name, value in _KEEPALIVE.items() if hasattr(socket, name)}
