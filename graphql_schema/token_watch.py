"""Whether the tokens of open sockets and streams are still good: one statement a look for all of a process.

A thread looks, not a task in the shared threads: a line of slow requests there may not delay a revocation.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import structlog
from django.db import InterfaceError, OperationalError, connection

from automate.kernel.principals import Principal
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.authentication import invalid_token
from tenants.queries import permissions_of_tokens

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.3
"""A token that has ended is noticed so long after that, and the time of one statement later."""

Good = dict[uuid.UUID, frozenset[str]]
"""The permissions of each good token, by its id."""


class Standing:
    """One open connection and its token. Belongs to an event loop; only that loop reads and changes it."""

    def __init__(self, principal: Principal) -> None:
        self.token_id = uuid.UUID(principal.id)
        self.permissions = principal.permissions
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._told: list[Callable[[], object]] = []

    def require(self) -> None:
        """Raises NormalizedError UNAUTHENTICATED once the token has ended, or lost or gained a permission."""
        if self.ended:
            raise invalid_token()

    @contextmanager
    def telling(self, then: Callable[[], object]) -> Iterator[None]:
        """Call a function in the loop when the token ends within the block."""
        self._told.append(then)
        try:
            yield
        finally:
            self._told.remove(then)

    def end(self) -> None:
        """Of any thread."""
        # A loop that is closed has no connection left.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if not self.ended:
            self.ended = True
            for then in tuple(self._told):
                then()


class TokenWatch:
    """All open connections of a process. Thread-safe. read: finds the good ones among tokens."""

    def __init__(self, read: Callable[[Sequence[uuid.UUID]], Good]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._open: set[Standing] = set()
        self._thread: threading.Thread | None = None

    @contextmanager
    def of(self, principal: Principal) -> Iterator[Standing]:
        """The standing of a connection that a token has opened, for as long as it is open."""
        standing = Standing(principal)
        with self._lock:
            self._open.add(standing)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="token-watch", daemon=True)
                self._thread.start()
        try:
            yield standing
        finally:
            with self._lock:
                self._open.discard(standing)

    def look(self) -> None:
        """End the connections whose tokens have ended."""
        with self._lock:
            looked_at = tuple(self._open)
        good = self._read(sorted({standing.token_id for standing in looked_at}))
        for standing in looked_at:
            if good.get(standing.token_id) != standing.permissions:
                standing.end()

    def _watch(self) -> None:
        try:
            self._keep_looking()
        finally:
            with self._lock:
                failed = self._thread is threading.current_thread()
                left = tuple(self._open) if failed else ()
                self._thread = None if failed else self._thread
            # None, unless the thread fails: connections that nobody watches end, and their clients connect again.
            for standing in left:
                standing.end()

    def _keep_looking(self) -> None:
        """Until no connection is open."""
        while True:
            time.sleep(LOOK_SECONDS)
            with self._lock:
                if not self._open:
                    self._thread = None
                    return
            try:
                self.look()
            except (InterfaceError, OperationalError) as error:
                # Without PostgreSQL a stream reads nothing, and a socket's next operation is refused.
                log.warning("the tokens of open connections were not looked at", error=str(error).strip())
            finally:
                connection.close()


def _good_tokens(token_ids: Sequence[uuid.UUID]) -> Good:
    with acting_for_platform("tokens of open connections", AUTHENTICATION_ROLE):
        return permissions_of_tokens(token_ids)


token_watch = TokenWatch(_good_tokens)
