"""Checks the tokens and sign-ins of all open connections of a process, in a separate thread."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import structlog
from django.db import InterfaceError, OperationalError, connection

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.credentials import Credential
from tenants.people.standing_queries import MemberKey, permissions_of_members
from tenants.queries import permissions_of_tokens

log = structlog.get_logger(__name__)

CHECK_SECONDS = 0.3
"""Seconds between two checks. An ended token is noticed after this time plus the time of one statement."""

Key = uuid.UUID | MemberKey
"""The id of a token, or the key of a member's sign-in."""
Good = dict[Key, frozenset[str]]
"""The valid keys, each with its permissions."""


def key_of(credential: Credential) -> Key:
    """Return the key of a credential. The key identifies the credential in the token watch."""
    holder = uuid.UUID(credential.principal.id)
    if credential.principal.kind != "member" or credential.tenant is None:
        return holder
    return MemberKey(holder, credential.tenant.id, credential.proof)


class Standing:
    """The validity of the token or sign-in of one open connection."""

    def __init__(self, principal: Principal, key: Key) -> None:
        self.key = key
        self.permissions = principal.permissions
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._callbacks: list[Callable[[], object]] = []

    def require(self) -> None:
        """Raise UNAUTHENTICATED if the token or sign-in has ended, or its permissions have changed."""
        if self.ended:
            raise self.refusal()

    def refusal(self) -> NormalizedError:
        """Return the error that ends the connection."""
        return ended_token() if isinstance(self.key, uuid.UUID) else ended_sign_in()

    @contextmanager
    def calling_at_end(self, then: Callable[[], object]) -> Iterator[None]:
        """Call the function ``then`` in the event loop if the token ends during the block."""
        self._callbacks.append(then)
        try:
            yield
        finally:
            self._callbacks.remove(then)

    def end(self) -> None:
        """End the connection. Thread-safe."""
        # A closed loop has no connection left.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if not self.ended:
            self.ended = True
            for then in tuple(self._callbacks):
                then()


def ended_token() -> NormalizedError:
    return NormalizedError(
        "UNAUTHENTICATED",
        "The token was revoked, has expired or has other rights now. Connect again. If the connection is refused, use another token.",
    )


def ended_sign_in() -> NormalizedError:
    return NormalizedError(
        "UNAUTHENTICATED",
        "Your sign-in has ended, or your role has changed. Connect again. If the connection is refused, sign in again.",
    )


class TokenWatch:
    """Watches the tokens of all open connections of a process. Thread-safe. ``read`` returns the keys of valid tokens."""

    def __init__(self, read: Callable[[Sequence[Key]], Good]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._open: set[Standing] = set()
        self._thread: threading.Thread | None = None

    @contextmanager
    def of(self, principal: Principal, key: Key | None = None) -> Iterator[Standing]:
        """Watch a connection while it is open."""
        standing = Standing(principal, key or uuid.UUID(principal.id))
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

    def check(self) -> None:
        """Find tokens and sign-ins that have ended, and end their connections."""
        with self._lock:
            looked_at = tuple(self._open)
        good = self._read(list({standing.key for standing in looked_at}))
        for standing in looked_at:
            if good.get(standing.key) != standing.permissions:
                standing.end()

    def _watch(self) -> None:
        try:
            self._keep_looking()
        finally:
            with self._lock:
                failed = self._thread is threading.current_thread()
                left = tuple(self._open) if failed else ()
                self._thread = None if failed else self._thread
            # Empty unless the thread fails. Connections that are no longer watched end, and their clients connect again.
            for standing in left:
                standing.end()

    def _keep_looking(self) -> None:
        while True:
            time.sleep(CHECK_SECONDS)
            with self._lock:
                if not self._open:
                    self._thread = None
                    return
            try:
                self.check()
            except (InterfaceError, OperationalError) as error:
                # Without PostgreSQL a stream reads nothing, and a socket's next operation is refused.
                log.warning("the tokens of open connections were not looked at", error=str(error).strip())
            finally:
                connection.close()


def _good(keys: Sequence[Key]) -> Good:
    tokens = sorted(key for key in keys if isinstance(key, uuid.UUID))
    members = [key for key in keys if isinstance(key, MemberKey)]
    found: Good = {}
    with acting_for_platform("tokens and sign-ins of open connections", AUTHENTICATION_ROLE):
        if tokens:
            found |= dict[Key, frozenset[str]](permissions_of_tokens(tokens).items())
        if members:
            found |= dict[Key, frozenset[str]](permissions_of_members(members).items())
    return found


token_watch = TokenWatch(_good)
