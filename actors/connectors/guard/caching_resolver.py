"""Looks up host names by DNS in threads. Concurrent callers share a lookup."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

import anyio

from automate.kernel.tenancy import acting_tenant_id

T = TypeVar("T")

RESOLVE_SECONDS = 5.0
REMEMBER_SECONDS = 1.0
REMEMBER_SILENCE_SECONDS = 5.0
"""How long a failed lookup is remembered if the name's DNS server did not answer. Each such lookup blocks a thread
for long."""
MAX_REMEMBERED = 1024
MAX_LOOKUPS = 128
MAX_LOOKUPS_OF_A_TENANT = 8

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> addresses as text, the best first. Raises OSError if the name has none."""


_Name = tuple[str, int]
_Addresses = Sequence[str] | None
"""None: the name's server does not answer. Empty: the name has no address."""
_Known = tuple[float, _Addresses]
"""Valid until this time of the monotonic clock."""


class NotAskedError(Exception):
    """A host name was not looked up, because all threads are in use."""


class Threads(Executor):
    """Starts a new thread for each task. The process can end while these threads work."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle = threading.Semaphore(0)
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def submit(self, fn: Callable[..., T], /, *args: object, **kwargs: object) -> Future[T]:
        future: Future[T] = Future()
        self._work.put(partial(_settle, future, partial(fn, *args, **kwargs)))
        if not self._idle.acquire(blocking=False):
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return future

    def _run(self) -> None:
        while True:
            self._work.get()()
            self._idle.release()


def _settle(future: Future[T], made: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(made())
    except Exception as error:  # noqa: BLE001 - an executor hands on whatever is raised
        future.set_exception(error)


_threads = Threads("names")


async def system_resolver(host: str, port: int) -> Sequence[str]:
    # uvloop's resolver has only two threads.
    look_up = partial(socket.getaddrinfo, host.encode("ascii"), port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    answers = await asyncio.get_running_loop().run_in_executor(_threads, look_up)
    return [str(answer[4][0]) for answer in answers]


class CachingResolver:
    """Looks up host names in DNS, and remembers the results. Each name has at most one lookup at a time.

    Event loops must not share an instance.
    """

    def __init__(self, resolver: Resolver, seconds: float) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._known: dict[_Name, _Known] = {}
        self._under_way: dict[_Name, tuple[float, asyncio.Task[_Addresses]]] = {}
        self._places = asyncio.Semaphore(MAX_LOOKUPS)
        self._places_of: WeakValueDictionary[uuid.UUID | None, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host name.

        Raises TimeoutError if DNS does not answer in time, and NotAskedError if no thread is free.
        """
        name = host, port
        while not self._is_known(name):
            if name in self._under_way:
                return _answered(await self._awaited(name))
            await self._begin(name)
        return _answered(self._known[name][1])

    def _is_known(self, name: _Name) -> bool:
        return name in self._known and time.monotonic() < self._known[name][0]

    async def _awaited(self, name: _Name) -> _Addresses:
        since, task = self._under_way[name]
        with anyio.move_on_after(since + RESOLVE_SECONDS - time.monotonic()):
            # Shielded: the timeout of one call must not cancel the lookup for the other callers.
            return await asyncio.shield(task)
        return None

    async def _begin(self, name: _Name) -> None:
        # It counts towards the limit of its tenant and the limit of all tenants until it ends.
        tenant = acting_tenant_id()
        of_tenant = self._places_of.setdefault(tenant, asyncio.Semaphore(MAX_LOOKUPS_OF_A_TENANT))
        with anyio.move_on_after(RESOLVE_SECONDS), ExitStack() as held:
            for places in (of_tenant, self._places):
                await places.acquire()
                held.callback(places.release)
            if name not in self._under_way and not self._is_known(name):
                task = asyncio.ensure_future(self._look_up(name))
                self._under_way[name] = time.monotonic(), task
                task.add_done_callback(partial(self._ended, name, held.pop_all()))
            return
        raise NotAskedError

    async def _look_up(self, name: _Name) -> _Addresses:
        began = time.monotonic()
        found: _Addresses
        try:
            found = await self._resolver(*name)
        except OSError as error:
            found = None if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN else ()
        now = time.monotonic()
        # Any late result of the system's resolver: no caller waits for it any more.
        silent = not found and now - began >= RESOLVE_SECONDS
        found = None if silent else found
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[name] = now + (REMEMBER_SILENCE_SECONDS if silent and self._seconds else self._seconds), found
        return found

    def _ended(self, name: _Name, held: ExitStack, task: asyncio.Task[_Addresses]) -> None:
        held.close()
        del self._under_way[name]
        if not task.cancelled():
            task.exception()  # retrieved, in case no caller waits for it any more


def _answered(found: _Addresses) -> Sequence[str]:
    if found is None:
        raise TimeoutError
    return found
