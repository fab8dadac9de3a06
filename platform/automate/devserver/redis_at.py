"""Checks that the Redis of REDIS_URL can be used."""

from __future__ import annotations

import redis

from automate.kernel.errors import NormalizedError
from automate.kernel.redis_clients import redis_client
from automate.project.locations import where

ANSWER_SECONDS = 3.0


def require(url: str) -> None:
    """Raise UNAVAILABLE if the Redis at a URL cannot be used, or BAD_USER_INPUT if the URL is invalid."""
    try:
        with redis_client(url, answer_seconds=ANSWER_SECONDS) as client:
            client.ping()
    except redis.RedisError as error:
        raise NormalizedError(
            "UNAVAILABLE",
            f"Redis at {where(url)}, which REDIS_URL names, cannot be used: {error} Start it, correct REDIS_URL, or unset it: "
            "then a Valkey is started here.",
        ) from None
    except (ValueError, TypeError):
        raise NormalizedError(
            "BAD_USER_INPUT", "REDIS_URL has a parameter that Redis clients do not understand"
        ) from None
