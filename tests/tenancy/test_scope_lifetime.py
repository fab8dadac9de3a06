"""A scope holds when a statement runs: not when its cursor was made, not after its end, not in a thread that was not given it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, connections, transaction

from automate.events.models import Event, Source
from automate.kernel.tenancy import (
    NoScopeError,
    ScopeConflictError,
    acting_for,
)
from tests.support.isolation import in_new_thread, marker_of, markers


def markers_once() -> set[str]:
    """For threads that nobody tidies up."""
    try:
        return markers()
    finally:
        connection.close()


def orm() -> None:
    list(Source.objects.all())


def orm_iterator() -> None:
    next(iter(Event.objects.iterator()))


def orm_count() -> None:
    Event.objects.count()


def orm_raw() -> None:
    list(Source.objects.raw("SELECT * FROM source"))


def orm_write() -> None:
    Source.objects.update(enabled=True)


def cursor_execute() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM event")


def cursor_executemany() -> None:
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE source SET enabled = %s", [[True]])


def cursor_callproc() -> None:
    with connection.cursor() as cursor:
        cursor.callproc("now")


def cursor_stream() -> None:
    with connection.cursor() as cursor:
        list(cursor.stream("SELECT 1 FROM event"))


def cursor_copy() -> None:
    with connection.cursor() as cursor, cursor.copy("COPY event TO STDOUT") as copy:
        list(copy)


def server_cursor() -> None:
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT 1 FROM event")


def driver_execute() -> None:
    connection.ensure_connection()
    connection.connection.execute("SELECT 1 FROM event")


def driver_cursor() -> None:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM event")


def driver_named_cursor() -> None:
    connection.ensure_connection()
    with connection.connection.cursor("named", withhold=True) as cursor:
        cursor.execute("SELECT 1 FROM event")


def savepoint() -> None:
    with transaction.atomic(), transaction.atomic():
        pass


ROADS: list[Callable[[], None]] = [
    orm,
    orm_iterator,
    orm_count,
    orm_raw,
    orm_write,
    cursor_execute,
    cursor_executemany,
    cursor_callproc,
    cursor_stream,
    cursor_copy,
    server_cursor,
    driver_execute,
    driver_cursor,
    driver_named_cursor,
    savepoint,
]


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_no_road_is_open_outside_a_scope(database, road):
    with pytest.raises(NoScopeError):
        road()


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_every_road_is_open_inside_and_closed_after(eight, road):
    with acting_for(eight[0].ref):
        road()
    with pytest.raises(NoScopeError):
        road()


def test_new_thread_has_no_scope(eight):
    with acting_for(eight[0].ref), pytest.raises(NoScopeError):
        in_new_thread(orm)


def test_thread_pool_has_no_scope_and_keeps_none(eight):
    with acting_for(eight[0].ref):
        context = contextvars.copy_context()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(context.run, markers).result() == {marker_of(eight[0])}
        with pytest.raises(NoScopeError):
            pool.submit(markers).result()
        pool.submit(connections.close_all).result()


def test_run_in_executor_has_no_scope(eight):
    async def ask() -> object:
        with ThreadPoolExecutor(1) as pool, acting_for(eight[0].ref):
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, markers)
            finally:
                pool.submit(connections.close_all).result()

    with pytest.raises(NoScopeError):
        asyncio.run(ask())


def test_asyncio_outside_a_scope_raises(database):
    async def both() -> list[type[BaseException]]:
        raised: list[type[BaseException]] = []
        for sensitive in (True, False):
            try:
                await sync_to_async(markers_once, thread_sensitive=sensitive)()
            except NoScopeError as error:
                raised.append(type(error))
        return raised

    assert asyncio.run(both()) == [NoScopeError, NoScopeError]


def test_tasks_of_two_tenants_each_keep_their_own(eight):
    """Both asgiref ways: the one shared thread, and any thread of a pool."""

    async def ask(tenant: Any, *, sensitive: bool) -> set[str]:
        with acting_for(tenant.ref):
            await asyncio.sleep(0)
            return await sync_to_async(markers_once, thread_sensitive=sensitive)()

    async def all_of_them() -> list[set[str]]:
        return await asyncio.gather(*(ask(tenant, sensitive=way) for way in (True, False) for tenant in eight))

    assert asyncio.run(all_of_them()) == [{marker_of(tenant)} for tenant in eight] * 2


def test_to_thread_carries_the_scope(eight):
    async def ask() -> set[str]:
        with acting_for(eight[3].ref):
            return await asyncio.to_thread(markers_once)

    assert asyncio.run(ask()) == {marker_of(eight[3])}


def test_scope_does_not_come_back_from_asgiref(eight):
    """asgiref copies changed ContextVars back to the caller: a scope that was left is not among them."""

    @async_to_sync
    async def inside() -> set[str]:
        with acting_for(eight[1].ref):
            return await sync_to_async(markers_once)()

    assert inside() == {marker_of(eight[1])}
    with pytest.raises(NoScopeError):
        markers()


def test_cursor_made_in_a_scope_is_dead_after_it(eight):
    with acting_for(eight[0].ref):
        cursor = connection.cursor()
    with cursor, pytest.raises(NoScopeError):
        cursor.execute("SELECT 1")


def test_cursor_made_for_one_tenant_reads_the_tenant_who_executes(eight):
    with acting_for(eight[0].ref):
        cursor = connection.cursor()
    with cursor, acting_for(eight[1].ref):
        cursor.execute("SELECT DISTINCT type FROM event")
        assert cursor.fetchall() == [(marker_of(eight[1]),)]


def test_lazy_queryset_reads_the_tenant_who_evaluates(eight):
    with acting_for(eight[0].ref):
        lazy = Event.objects.values_list("type", flat=True)
        iterator = lazy.iterator()
    with acting_for(eight[1].ref):
        assert set(lazy) == {marker_of(eight[1])}
        assert set(iterator) == {marker_of(eight[1])}


def test_stream_reads_in_the_scope_where_it_begins(eight):
    """The driver sends a stream's statement at its first row, not when the stream is made."""
    with acting_for(eight[0].ref):
        cursor = connection.cursor()
        kept, lost = (cursor.stream("SELECT DISTINCT type FROM event") for _ in range(2))
    with cursor:
        with acting_for(eight[1].ref):
            assert list(kept) == [(marker_of(eight[1]),)]
        with pytest.raises(NoScopeError):
            next(lost)


def test_copy_reads_in_the_scope_where_it_begins(eight):
    with acting_for(eight[0].ref):
        cursor = connection.cursor()
        kept, lost = (cursor.copy("COPY (SELECT DISTINCT type FROM event) TO STDOUT") for _ in range(2))
    with cursor:
        with acting_for(eight[1].ref):
            markers()
            with kept as copy:
                assert [bytes(block) for block in copy] == [f"{marker_of(eight[1])}\n".encode()]
        with pytest.raises(NoScopeError), lost:
            pass


@pytest.mark.parametrize("fetch_rows", [lambda c: c.fetchone(), lambda c: c.fetchmany(2), lambda c: c.fetchall(), next])
def test_server_cursor_gives_its_rows_to_its_own_scope_alone(eight, fetch_rows):
    with acting_for(eight[0].ref):
        cursor = connection.chunked_cursor()
        cursor.execute("SELECT type FROM event")
    with cursor:
        target = iter(cursor.cursor) if fetch_rows is next else cursor
        with pytest.raises(NoScopeError):
            fetch_rows(target)
        with acting_for(eight[1].ref), pytest.raises(ScopeConflictError):
            fetch_rows(target)
        with acting_for(eight[0].ref):
            target = iter(cursor.cursor) if fetch_rows is next else cursor
            assert marker_of(eight[0]) in str(fetch_rows(target))
