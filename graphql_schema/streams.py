"""What subscriptions share: a bound on their number, steps that run in a thread and hold nothing after, and an end once
the tenant is suspended or the caller's token has ended.
"""

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
from tenants.queries import Known

T = TypeVar("T")
LOOK_SECONDS = 0.5
"""How often a stream asks the tenant directory, which asks the database once a second for all of a tenant's streams."""

_open: Counter[uuid.UUID] = Counter()


@contextmanager
def seat(tenant: TenantRef | None) -> Iterator[None]:
    """A stream's place among those of its tenant. Raises NormalizedError LIMIT_EXCEEDED where all are taken."""
    if tenant is None:
        yield
        return
    most = settings.STREAMS_PER_TENANT
    if _open[tenant.id] >= most:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"A tenant has at most {most} subscriptions open at once here. End one of them first.",
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
    """What work gave, in a thread, for the tenant."""

    def scoped() -> T:
        with acting_for(tenant):
            return work()

    return await in_thread(lane_of_tenant(tenant), scoped)


async def rest(caller: Caller | None, tenant: TenantRef, woken: asyncio.Event, seconds: float) -> None:
    """Until it is woken, or for so long. Raises NormalizedError TENANT_SUSPENDED, or UNAUTHENTICATED once the token has ended."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    standing = caller.standing if caller is not None else None
    with standing.telling(woken.set) if standing is not None else nullcontext():
        while not woken.is_set() and clock() < end:
            await _wait(woken, min(end - clock(), LOOK_SECONDS))
            await require_active(caller, tenant)


_asking = asyncio.Semaphore(1)
"""Held while a stream asks the directory's table about the tenants of all streams. The other streams read the answer at
their next look.
"""


async def require_active(caller: Caller | None, tenant: TenantRef) -> None:
    """Raises NormalizedError TENANT_SUSPENDED, or UNAUTHENTICATED once the caller's token has ended.

    caller: None for a reader that many callers share. Without SQL, and without a thread, while the directory remembers the tenant.
    """
    if caller is not None and caller.standing is not None:
        caller.standing.require()
    known = remembered_by_id(tenant.id)
    if known is None and not _asking.locked():
        async with _asking:
            known = await in_thread(lane_of_tenant(tenant), partial(_asked, frozenset({tenant.id, *_open}), tenant.id))
    if known is not None and known.suspended:
        raise tenant_suspended()


def _asked(ids: frozenset[uuid.UUID], tenant_id: uuid.UUID) -> Known:
    """In a thread: one statement for the tenants of all streams, so that its cost does not grow with their number."""
    remember_by_id(ids)
    return tenant_by_id(tenant_id)


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), max(seconds, 0))
    except asyncio.TimeoutError:
        return
