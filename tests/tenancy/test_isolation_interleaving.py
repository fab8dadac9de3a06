"""Eight tenants in one process, interleaved on barriers: threads, thread pools and asyncio. No answer holds another's rows.

The stock django-tenants backend runs the same scenario as its sabotaged twin, and has to leak.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.utils import ConnectionHandler

from automate.kernel.tenancy import NoScopeError, ScopeConflictError, acting_for
from tests.support.isolation import marker_of

ROUNDS = 25
POOL_THREADS = 3
STATEMENT = "SELECT DISTINCT type FROM event"
FAILURES = (DatabaseError, NoScopeError, ScopeConflictError, ImproperlyConfigured)


@dataclass
class Tally:
    """Answers by what they held: the caller's rows alone, another tenant's, or an error."""

    right: int = 0
    leaked: int = 0
    failed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(self, tenant: Any, ask: Callable[[], Sequence[Any]]) -> None:
        try:
            answer = {kind for (kind,) in ask()}
        except FAILURES:
            answer = None
        with self.lock:
            self.right += answer == {marker_of(tenant)}
            self.failed += answer is None or not answer
            self.leaked += bool(answer) and answer != {marker_of(tenant)}


class Meeting:
    """A barrier for tasks: all wait until the last has come. ``asyncio.Barrier`` is newer than Python 3.10."""

    def __init__(self, parties: int) -> None:
        self.parties, self.waiting, self.open = parties, 0, asyncio.Event()

    async def wait(self) -> None:
        self.waiting += 1
        opened = self.open
        if self.waiting == self.parties:
            self.waiting, self.open = 0, asyncio.Event()
            opened.set()
        await opened.wait()


@dataclass(frozen=True)
class World:
    """A backend as its users use it. entered: for a request's thread; entered_async: for a request's task."""

    handler: ConnectionHandler
    entered: Callable[[Any], Any]
    entered_async: Callable[[Any], AbstractAsyncContextManager[None]]

    def close(self) -> None:
        self.handler["default"].close()

    def ask(self) -> Sequence[Any]:
        with self.handler["default"].cursor() as cursor:
            cursor.execute(STATEMENT)
            rows: list[Any] = cursor.fetchall()
        return rows


@contextmanager
def pool_of(world: World, size: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that serve many tenants, and close their connections at the end."""
    barrier = threading.Barrier(size)

    def leave(_number: int) -> None:
        barrier.wait(30)
        world.close()

    with ThreadPoolExecutor(size) as pool:
        yield pool
        list(pool.map(leave, range(size)))


def in_threads(world: World, tenants: Sequence[Any], tally: Tally) -> None:
    """One thread a tenant, then threads that are used again by whoever comes."""
    barrier = threading.Barrier(len(tenants))

    def serve(tenant: Any) -> None:
        for _ in range(ROUNDS):
            barrier.wait(30)
            with world.entered(tenant):
                tally.judge(tenant, world.ask)

    def serve_once(tenant: Any) -> None:
        with world.entered(tenant):
            tally.judge(tenant, world.ask)

    with pool_of(world, len(tenants)) as pool:
        list(pool.map(serve, tenants))
    with pool_of(world, POOL_THREADS) as pool:
        list(pool.map(serve_once, list(tenants) * ROUNDS))


async def in_tasks(world: World, tenants: Sequence[Any], tally: Tally) -> None:
    """One task a tenant, all inside their scopes at once; statements on asgiref's one thread and on any of a pool."""
    meeting = Meeting(len(tenants))

    async def serve(tenant: Any, executor: ThreadPoolExecutor) -> None:
        for number in range(ROUNDS):
            async with world.entered_async(tenant):
                await meeting.wait()
                way = {"thread_sensitive": True} if number % 2 else {"thread_sensitive": False, "executor": executor}
                await sync_to_async(tally.judge, **way)(tenant, world.ask)
                await meeting.wait()

    with pool_of(world, POOL_THREADS) as pool:
        await asyncio.gather(*(serve(tenant, pool) for tenant in tenants))
    await sync_to_async(world.close)()


def interleave(world: World, tenants: Sequence[Any]) -> Tally:
    tally = Tally()
    in_threads(world, tenants, tally)
    asyncio.run(in_tasks(world, tenants, tally))
    return tally


def ours() -> World:
    @asynccontextmanager
    async def entered_async(tenant: Any) -> AsyncIterator[None]:
        with acting_for(tenant.ref):
            yield

    return World(connections, lambda tenant: acting_for(tenant.ref), entered_async)


def stock() -> World:
    """django-tenants as it comes, its tenant on the connection; one owner of everything, as it is usually run."""
    own = connections.settings["admin"]
    options = {name: value for name, value in own["OPTIONS"].items() if name != "answer_seconds"}  # our backend's alone
    settings = {**own, "ENGINE": "django_tenants.postgresql_backend", "OPTIONS": options}
    handler = ConnectionHandler({"default": settings})

    def to_public() -> None:
        handler["default"].set_schema_to_public()

    @dataclass
    class Named:
        schema_name: str

    @contextmanager
    def entered(tenant: Any) -> Iterator[None]:
        before = handler["default"].tenant
        handler["default"].set_tenant(Named(tenant.ref.schema))
        try:
            yield
        finally:
            handler["default"].set_tenant(before)

    @asynccontextmanager
    async def entered_async(tenant: Any) -> AsyncIterator[None]:
        await sync_to_async(lambda: handler["default"].set_tenant(Named(tenant.ref.schema)))()
        yield
        await sync_to_async(to_public)()

    return World(handler, entered, entered_async)


ASKED = 8 * ROUNDS * 3


def test_interleaved_tenants_never_meet(eight):
    tally = interleave(ours(), eight)
    assert (tally.right, tally.leaked, tally.failed) == (ASKED, 0, 0)


def test_stock_backend_leaks_in_the_same_scenario(eight):
    tally = interleave(stock(), eight)
    assert tally.right + tally.leaked + tally.failed == ASKED
    assert tally.leaked > 0, "the scenario no longer catches a tenant that lives on the connection"
    assert tally.failed > 0


def test_pooled_sessions_serve_interleaved_tenants_rightly(eight):
    """Django's pool, with fewer sessions than tenants."""
    from django import VERSION

    if VERSION < (5, 1):
        pytest.skip("Django's pool came with 5.1")
    own = connections.settings["default"]
    options = {**own["OPTIONS"], "pool": {"min_size": 1, "max_size": 3, "timeout": 30}}
    settings = {**own, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}
    handler = ConnectionHandler({"default": settings})

    class Pooled(World):
        def ask(self) -> Sequence[Any]:
            try:
                return super().ask()
            finally:
                self.close()

    world = ours()
    try:
        tally = interleave(Pooled(handler, world.entered, world.entered_async), eight)
    finally:
        handler["default"].close_pool()
    assert (tally.right, tally.leaked, tally.failed) == (ASKED, 0, 0)
