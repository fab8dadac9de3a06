"""Limits the number of subscriptions, and checks whether a stream may continue."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TypeVar

from django.conf import settings

from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import TenantRef, acting_for
from graphql_schema.context import Caller
from graphql_schema.threads import in_thread
from tenants.credentials import tenant_suspended
from tenants.directory import remember_by_id, remembered_by_id, tenant_by_id
from tenants.lanes import lane_of_tenant
from tenants.queries import KnownTenant

T = TypeVar("T")
CHECK_SECONDS = 0.5
"""Seconds between two checks of the tenant directory. It queries the database once a second for all streams of a
process.
"""

_open: Counter[uuid.UUID] = Counter()


@contextmanager
def seat(tenant: TenantRef | None) -> Iterator[None]:
    """Count an open stream until the block ends. Raises LIMIT_EXCEEDED if the tenant has too many open streams."""
    if tenant is None:
        yield
        return
    most = settings.STREAMS_PER_TENANT
    if _open[tenant.id] >= most:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"This tenant has {most} subscriptions open, which is the maximum. End one of them before you open another.",
            details={"maximum": most},
        )
    _open[tenant.id] += 1
    try:
        yield
    finally:
        _open[tenant.id] -= 1
        if not _open[tenant.id]:
            del _open[tenant.id]


async def in_scope(tenant: TenantRef, work: Callable[[], T]) -> T:
    """Run the function ``work`` in a thread. In this thread, ``tenant`` is the current tenant."""

    def scoped() -> T:
        with acting_for(tenant):
            return work()

    return await in_thread(lane_of_tenant(tenant), scoped)


async def rest(caller: Caller | None, tenant: TenantRef, woken: asyncio.Event, seconds: float) -> None:
    """Wait until the stream is woken, or until ``seconds`` have passed.

    Raises TENANT_SUSPENDED, or UNAUTHENTICATED if the token has ended.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    standing = caller.standing if caller is not None else None
    with standing.calling_at_end(woken.set) if standing is not None else nullcontext():
        while not woken.is_set() and clock() < end:
            await _wait(woken, min(end - clock(), CHECK_SECONDS))
            await require_active(caller, tenant)


_asking = asyncio.Semaphore(1)
"""Held by the stream that reads the tenants of all streams from the database. The other streams use the result at
their next check.
"""


async def require_active(caller: Caller | None, tenant: TenantRef) -> None:
    """Check that a stream may continue. Raises TENANT_SUSPENDED, or UNAUTHENTICATED if the caller's token has ended."""
    if caller is not None and caller.standing is not None:
        caller.standing.require()
    known = remembered_by_id(tenant.id)
    if known is None and not _asking.locked():
        async with _asking:
            known = await in_thread(lane_of_tenant(tenant), partial(_asked, frozenset({tenant.id, *_open}), tenant.id))
    if known is not None and known.suspended:
        raise tenant_suspended()


def _asked(ids: frozenset[uuid.UUID], tenant_id: uuid.UUID) -> KnownTenant:
    # In one statement, so that its cost hardly grows with their number.
    remember_by_id(ids)
    return tenant_by_id(tenant_id)


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), max(seconds, 0))
    except asyncio.TimeoutError:
        return
