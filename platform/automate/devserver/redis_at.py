"""Checks that the Redis of REDIS_URL can be used."""

from __future__ import annotations

import redis

from automate.kernel.errors import NormalizedError
from automate.kernel.redis_clients import redis_client
from automate.project.locations import where

ANSWER_SECONDS = 3.0


def require(url: str) -> None:
    """Raise UNAVAILABLE or BAD_USER_INPUT if the Redis at a URL cannot be used."""
    try:
        with redis_client(url, answer_seconds=ANSWER_SECONDS) as client:
            client.ping()
    except redis.RedisError as error:
        raise NormalizedError(
            "UNAVAILABLE",
            f"The Redis server of REDIS_URL ({where(url)}) cannot be used: {error} Start this server, or correct REDIS_URL. "
            "If you unset REDIS_URL, `make up` starts a Valkey server on this machine instead.",
        ) from None
    except (ValueError, TypeError):
        raise NormalizedError(
            "BAD_USER_INPUT", "REDIS_URL has a parameter that Redis clients do not know. Remove the parameter."
        ) from None
