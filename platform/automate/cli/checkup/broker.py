"""The check of Redis or Valkey."""

from __future__ import annotations

from collections.abc import Iterator

import redis

from automate.cli.checkup.finding import Finding, address, fail, ok
from automate.kernel.redis_clients import redis_client

OLDEST = (6, 0)
SECONDS = 3


def broker(url: str) -> Iterator[Finding]:
    if not url:
        yield fail(
            "REDIS_URL is not set", "Set it to the URL of Redis 6 or newer, or of Valkey. Relay and workers need it."
        )
        return
    try:
        with redis_client(url, answer_seconds=SECONDS) as client:
            info = client.info("server")
    except redis.RedisError as error:
        yield fail(
            f"Redis at {address(url)}: {error}",
            "Start Redis, or correct REDIS_URL. Until then work waits, and nothing is lost.",
        )
        return
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        yield fail(f"Redis {version} is too old", "Use Redis 6 or newer, or Valkey.")
    else:
        yield ok(f"Redis {version} answers at {address(url)}")
