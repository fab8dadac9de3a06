"""The cost of one job, for each tenant. The cost is the time that a worker needs for one job, in milliseconds.

Workers write the cost for each tenant to Redis. With these costs, the relay shares the workers' time fairly.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import cast

import redis

from automate.outbox.wakeups import asked

Field = bytes | bytearray | memoryview | str | int | float
"""The type of the fields and values of a hash, as the package redis declares it."""
KEY = "automate:relay:job-ms"
KEPT_SECONDS = 3_600
"""Redis forgets all values if no worker has written one for this long."""
LEAST_MS, MOST_MS = 0.05, 10_000.0


def report(measured: Mapping[uuid.UUID, float]) -> None:
    """Write the measured costs of tenants' jobs to Redis."""
    if not measured:
        return
    values: dict[Field, Field] = {
        tenant_id.hex: f"{_bounded(milliseconds):.4g}" for tenant_id, milliseconds in measured.items()
    }

    def write(client: redis.Redis) -> None:
        with client.pipeline(transaction=False) as pipeline:
            pipeline.hset(KEY, mapping=values)
            pipeline.expire(KEY, KEPT_SECONDS)
            pipeline.execute()

    asked(write)


def read() -> dict[uuid.UUID, float] | None:
    """Return, for each tenant, the measured duration of one job in milliseconds. Return None while Redis is unreachable."""
    found = asked(lambda client: client.hgetall(KEY))
    # redis-py types the answer as a union with awaitables.
    return None if found is None else _parsed(cast("dict[bytes, bytes]", found))


def _parsed(found: Mapping[bytes, bytes]) -> dict[uuid.UUID, float]:
    # Other programs may have written to this Redis.
    values: dict[uuid.UUID, float] = {}
    for tenant, milliseconds in found.items():
        try:
            values[uuid.UUID(tenant.decode())] = _bounded(float(milliseconds))
        except ValueError:
            continue
    return values


def _bounded(milliseconds: float) -> float:
    if not math.isfinite(milliseconds):
        raise ValueError(milliseconds)
    return min(MOST_MS, max(LEAST_MS, milliseconds))
