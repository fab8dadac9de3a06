"""The database backend: django-tenants', with the tenant taken from a ContextVar at each statement.

django-tenants keeps the tenant on the connection, where new threads and sockets lose it and pooled threads
inherit the last one's. Here a connection has no tenant of its own; outside a scope it reaches no table.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql.base import Cursor, ServerBindingCursor
from django_tenants.postgresql_backend import base as django_tenants_backend
from psycopg import ServerCursor
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format, TransactionStatus

from automate.kernel.answering import AnsweringConnection, answers_within
from automate.kernel.tenancy import PUBLIC_SCHEMA, Scope, ScopeConflictError, current_scope, scope_or_none
from tenants.postgresql.scope import apply_scope, forget, prove, state_of

MAX_SCHEMAS_PER_SESSION = 200
"""A session that has touched more is replaced: each schema costs its backend about 0.4 MB of cache."""

IDLE_SECONDS = 10.0
"""A session that was silent for longer is asked before it is lent: a proxy may have dropped its connection."""
CHECK_SECONDS = 3.0
"""How long PostgreSQL may take to answer whether a session is usable."""


class _Scoped:
    """Every road to the server applies the scope first: when its statement runs, not when the road is opened."""

    connection: psycopg.Connection[Any]

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        apply_scope(self.connection)
        return super().execute(*args, **kwargs)  # type: ignore[misc]

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        apply_scope(self.connection)
        return super().executemany(*args, **kwargs)  # type: ignore[misc]

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        apply_scope(self.connection)
        yield from super().stream(*args, **kwargs)  # type: ignore[misc]

    @contextmanager
    def copy(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        apply_scope(self.connection)
        with super().copy(*args, **kwargs) as copying:  # type: ignore[misc]
            yield copying


class ScopedCursor(_Scoped, Cursor):
    pass


class ScopedBindingCursor(_Scoped, ServerBindingCursor):
    pass


class ScopedServerCursor(_Scoped, ServerCursor[Any]):
    """Its rows stay on the server under the role that declared it, and are fetched in that scope alone."""

    declared: Scope | None = None

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        self.declared = current_scope()
        return super().execute(*args, **kwargs)

    def _fetch_gen(self, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if current_scope() != self.declared:
            raise ScopeConflictError("this cursor was opened in another scope; fetch its rows there")
        return (yield from super()._fetch_gen(*args, **kwargs))


def _is_open(session: psycopg.Connection[Any]) -> bool:
    """Whether the server has not hung up, as far as this side has heard. Asks the socket and nobody else."""
    try:
        # A server that ends says so first: the second look finds that nothing comes behind that.
        session.pgconn.consume_input()
        session.pgconn.consume_input()
    except psycopg.OperationalError:
        return False
    return True


def _answers(session: psycopg.Connection[Any]) -> bool:
    """Whether a session that was idle for a while still reaches the server. Asks nothing of a session in use."""
    heard_at = getattr(session, "heard_at", None)
    if heard_at is None or time.monotonic() - heard_at < IDLE_SECONDS:
        return True
    return _replies(session)


def _replies(session: psycopg.Connection[Any]) -> bool:
    try:
        with answers_within(CHECK_SECONDS):
            psycopg.Cursor(session).execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


@lru_cache(maxsize=4)
def _with_quick_times(template: AdaptersMap) -> AdaptersMap:
    """template: Django's own, which it makes once for each time zone."""
    adapters = AdaptersMap(template)
    known = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, Format.TEXT)
    if known is not None:
        adapters.register_loader("timestamptz", known)
    return adapters


class DatabaseWrapper(django_tenants_backend.DatabaseWrapper):  # type: ignore[misc]
    """See the module. ``schema_name`` and ``tenant`` only report the scope; nothing sets them."""

    Database = SimpleNamespace(**{**vars(psycopg), "connect": AnsweringConnection.connect})

    def __init__(self, settings_dict: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(settings_dict, *args, **kwargs)
        pool = settings_dict.get("OPTIONS", {}).get("pool")
        if isinstance(pool, dict):
            pool.setdefault("connection_class", AnsweringConnection)

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, with psycopg's own loader of times: Django's is in Python and takes ten times as long. Sessions are in UTC."""
        params: dict[str, Any] = super().get_connection_params()
        params["context"] = _with_quick_times(params["context"])
        return params

    def create_cursor(self, name: str | None = None) -> Any:
        """Django's, without its look at the loader of times, which it would replace on each cursor."""
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    @property
    def schema_name(self) -> str:
        scope = scope_or_none()
        return scope.schemas[0] if scope else PUBLIC_SCHEMA

    @schema_name.setter
    def schema_name(self, value: object) -> None:
        """django-tenants' constructor assigns it; the scope decides."""

    @property
    def tenant(self) -> object:
        scope = scope_or_none()
        return scope.tenant if scope else None

    @tenant.setter
    def tenant(self, value: object) -> None:
        """django-tenants' constructor assigns it; the scope decides."""

    def set_schema_to_public(self) -> None:
        """Called by django-tenants' constructor: there is no tenant to leave."""

    def set_tenant(self, tenant: object, include_public: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 - their signature
        raise ScopeConflictError("a connection has no tenant here: use acting_for(tenant)")

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """From the pool, past those connections that died in it: after a restart of the server all of them have."""
        while True:
            session = super().get_new_connection(conn_params)
            if _is_open(session) and _answers(session):
                return session
            # Given back, it is replaced by a new one.
            self.pool.putconn(session)

    def init_connection_state(self) -> None:
        super().init_connection_state()
        binding = self.settings_dict["OPTIONS"].get("server_side_binding", False)
        self.connection.cursor_factory = ScopedBindingCursor if binding else ScopedCursor
        self.connection.server_cursor_factory = ScopedServerCursor

    @contextmanager
    def pipeline(self) -> Iterator[None]:
        """What cursors execute in the block goes out in one round trip; their answers are there after it. The first
        error is raised at its end.
        """
        with self.wrap_database_errors, self.connection.pipeline():
            yield

    def is_usable(self) -> bool:
        return self.connection is not None and _replies(self.connection)

    def _cursor(self, name: str | None = None) -> Any:
        if self.connection is not None and not self.in_atomic_block and self._worn_out():
            self.close()
        # Past django-tenants': it sets the search_path when a cursor is made (before 4.0 in no method of its own), ours
        # when the cursor executes.
        return super(django_tenants_backend.DatabaseWrapper, self)._cursor(name)

    def _worn_out(self) -> bool:
        return len(state_of(self.connection).touched) > MAX_SCHEMAS_PER_SESSION

    def _close(self) -> Any:
        if self.connection is not None and self._worn_out():
            # Ended, not given back: a pool would hand the same session out again.
            self.connection.close()
        return super()._close()

    def _commit(self) -> Any:
        session = self.connection
        # The server answers a COMMIT of a failed transaction with a rollback, and calls that no error.
        sound = session is not None and session.pgconn.transaction_status != TransactionStatus.INERROR
        result = super()._commit()
        if sound:
            prove(session)
        return result

    def _savepoint_rollback(self, sid: str) -> None:
        try:
            super()._savepoint_rollback(sid)
        finally:
            forget(self.connection)


@atexit.register
def close_pools() -> None:
    """While their threads still run: an interpreter that ends with an open pool waits five seconds for each of them."""
    for pool in getattr(DatabaseWrapper, "_connection_pools", {}).values():  # since Django 5.1
        pool.close()
