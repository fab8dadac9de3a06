"""Names are looked up in threads of our own, once for all who ask at the same time, and a tenant's hold few of them.

A server that does not answer holds a lookup until the system's resolver gives up, and whoever names it chooses how long
that is. The resolver stays the system's, because /etc/hosts and nsswitch.conf have to hold.
"""

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
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import anyio

from automate.kernel.tenancy import acting_tenant_id

T = TypeVar("T")

RESOLVE_SECONDS = 5.0
REMEMBER_SECONDS = 1.0
REMEMBER_SILENCE_SECONDS = 5.0
"""How long a name is not asked for again after its server did not answer: each question holds a lookup for long."""
MAX_REMEMBERED = 1024
MAX_LOOKUPS = 128
MAX_LOOKUPS_OF_A_TENANT = 8

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> addresses as text, best first. Raises OSError where the name has none."""


_Name = tuple[str, int]
_Addresses = Sequence[str] | None
"""None: the name's server does not answer. Empty: the name has none."""
_Known = tuple[float, _Addresses]
"""Until when, on the monotonic clock."""


class NotAskedError(Exception):
    """Lookups that do not end hold the places that there are for this one: nothing is known of the name."""


class Threads(Executor):
    """As many as there is work at once, which is the caller's to bound. They end with the process, whatever they wait for;
    those of ``concurrent.futures`` would be waited for at its end.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle = threading.Semaphore(0)
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
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
    """The system's. Not uvloop's own, which has two threads for it."""
    look_up = partial(socket.getaddrinfo, host.encode("ascii"), port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    answers = await asyncio.get_running_loop().run_in_executor(_threads, look_up)
    return [str(answer[4][0]) for answer in answers]


class Names:
    """A resolver that asks once for a name at a time, and answers from memory for a moment: a busy name costs one lookup and
    not one for each call, and one whose server does not answer holds one place.

    What is remembered is judged anew for each call, under its own allow-list.
    seconds: 0 remembers nothing. Not safe across event loops.
    """

    def __init__(self, resolver: Resolver, seconds: float) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._known: dict[_Name, _Known] = {}
        self._under_way: dict[_Name, tuple[float, asyncio.Task[_Addresses]]] = {}
        self._places = asyncio.Semaphore(MAX_LOOKUPS)
        self._places_of: WeakValueDictionary[uuid.UUID | None, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Empty where the name has no address. Raises TimeoutError where DNS does not answer in time, and NotAskedError."""
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
            # Shielded: who runs out of time does not take the answer from the others that wait for it.
            return await asyncio.shield(task)
        return None

    async def _begin(self, name: _Name) -> None:
        """A lookup holds a place of its tenant's, and one of all, until it ends, however long nobody has waited for it."""
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
        # Whatever the system's resolver makes of it in the end: by then it was waited for in vain.
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
            task.exception()  # looked at, where nobody waits for it any more


def _answered(found: _Addresses) -> Sequence[str]:
    if found is None:
        raise TimeoutError
    return found
