"""The database backend. Each statement takes its tenant from a ContextVar.

Outside the scope of a tenant or the platform, statements are refused.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, TypeAlias

import psycopg
from django.db.backends.postgresql.base import Cursor, ServerBindingCursor
from django_tenants.postgresql_backend import base as django_tenants_backend
from psycopg import ServerCursor
from psycopg._preparing import Prepare
from psycopg._queries import PostgresQuery
from psycopg.abc import PQGen
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format, TransactionStatus
from psycopg.rows import TupleRow

from automate.kernel.answering import AnsweringConnection, ConnectionOption, answers_within
from automate.kernel.tenancy import PUBLIC_SCHEMA, Scope, ScopeConflictError, current_scope, scope_or_none
from tenants.postgresql.scope import KEPT_SCOPES, KeptPlans, apply_scope, forget, prove, state_of

MAX_SCHEMAS_PER_SESSION = 200
"""A session that has used more schemas is replaced: each schema costs its PostgreSQL backend about 0.4 MB of cache."""

SCOPE_STATEMENTS = 40
"""Average number of statements that a session keeps prepared for each scope."""

IDLE_SECONDS = 10.0
"""A session that was idle for longer is checked before use: a proxy may have dropped its connection."""
CHECK_SECONDS = 3.0
"""The time limit of that check."""

CursorCall: TypeAlias = Any
"""The result of ``execute``, which is passed on. Each of psycopg's cursors returns its own class."""


class _Scoped:
    # A cursor may run a statement in another scope than the scope in which the cursor was opened.
    connection: psycopg.Connection[object]

    def execute(self, *args: object, **kwargs: object) -> CursorCall:
        apply_scope(self.connection)
        return super().execute(*args, **kwargs)  # type: ignore[misc] # a mixin: its base is one of psycopg's cursors

    def executemany(self, *args: object, **kwargs: object) -> None:
        apply_scope(self.connection)
        super().executemany(*args, **kwargs)  # type: ignore[misc] # a mixin: its base is one of psycopg's cursors

    def stream(self, *args: object, **kwargs: object) -> Iterator[TupleRow]:
        apply_scope(self.connection)
        yield from super().stream(*args, **kwargs)  # type: ignore[misc] # a mixin: its base is one of psycopg's cursors

    @contextmanager
    def copy(self, *args: object, **kwargs: object) -> Iterator[psycopg.Copy]:
        apply_scope(self.connection)
        with super().copy(*args, **kwargs) as copying:  # type: ignore[misc] # a mixin: its base is one of psycopg's cursors
            yield copying


class ScopedCursor(_Scoped, Cursor):
    pass


class ScopedBindingCursor(_Scoped, ServerBindingCursor):
    def _get_prepared(self, pgq: PostgresQuery, prepare: bool | None = None) -> tuple[Prepare, bytes]:  # noqa: FBT001 - psycopg's
        """Prepare a statement. If the session keeps plans for each scope, prepare it for the current scope only."""
        plans = state_of(self.connection).plans
        if plans is not None:
            prepare = bool(plans.tag)
            if not pgq.query.endswith(plans.tag):
                pgq.query += plans.tag
        prepared: tuple[Prepare, bytes] = super()._get_prepared(pgq, prepare)  # type: ignore[misc] # Django's stubs hide psycopg's cursor
        return prepared


class ScopedServerCursor(_Scoped, ServerCursor[TupleRow]):
    """A server-side cursor. Only the scope that opened it can fetch its rows."""

    declared: Scope | None = None

    def execute(self, *args: object, **kwargs: object) -> CursorCall:
        self.declared = current_scope()
        return super().execute(*args, **kwargs)

    def _fetch_gen(self, num: int | None) -> PQGen[list[TupleRow]]:
        if current_scope() != self.declared:
            raise ScopeConflictError("this cursor was opened in another scope; fetch its rows in that scope")
        return (yield from super()._fetch_gen(num))


def _is_open(session: psycopg.Connection[object]) -> bool:
    # Looks only at the socket and sends nothing.
    try:
        # A server that shuts down sends a message first: the second look finds the end of the connection after it.
        session.pgconn.consume_input()
        session.pgconn.consume_input()
    except psycopg.OperationalError:
        return False
    return True


def _answers(session: psycopg.Connection[object]) -> bool:
    # Sends a statement only after a long idle time.
    answered_at = getattr(session, "answered_at", None)
    if answered_at is None or time.monotonic() - answered_at < IDLE_SECONDS:
        return True
    return _replies(session)


def _replies(session: psycopg.Connection[object]) -> bool:
    try:
        with answers_within(CHECK_SECONDS):
            psycopg.Cursor(session).execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


@lru_cache(maxsize=4)
def _with_quick_times(template: AdaptersMap) -> AdaptersMap:
    # `template`: Django's adapters for one time zone.
    adapters = AdaptersMap(template)
    known = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, Format.TEXT)
    if known is not None:
        adapters.register_loader("timestamptz", known)
    return adapters


class DatabaseWrapper(django_tenants_backend.DatabaseWrapper):  # type: ignore[misc] # django-tenants has no types
    """A connection that runs each statement in the current scope. Assignments to ``schema_name`` are ignored."""

    health_check_done: bool
    """Whether this request or pass has checked the session. Django sets it."""
    Database = SimpleNamespace(**{**vars(psycopg), "connect": AnsweringConnection.connect})

    def __init__(self, settings_dict: dict[str, ConnectionOption], *args: object, **kwargs: object) -> None:
        super().__init__(settings_dict, *args, **kwargs)
        pool = settings_dict.get("OPTIONS", {}).get("pool")
        if isinstance(pool, dict):
            pool.setdefault("connection_class", AnsweringConnection)

    def get_connection_params(self) -> dict[str, ConnectionOption]:
        """Return Django's connection parameters, with psycopg's fast parser for ``timestamptz``.

        Psycopg's parser is ten times as fast as Django's parser.
        """
        params: dict[str, ConnectionOption] = super().get_connection_params()
        params["context"] = _with_quick_times(params["context"])
        return params

    def create_cursor(self, name: str | None = None) -> object:
        """Create a psycopg cursor that does not use Django's parser for columns of the type ``timestamptz``."""
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    @property
    def schema_name(self) -> str:
        scope = scope_or_none()
        return scope.schemas[0] if scope else PUBLIC_SCHEMA

    @schema_name.setter
    def schema_name(self, value: object) -> None:
        """Do nothing. Only the constructor of django-tenants calls this."""

    @property
    def tenant(self) -> object:
        scope = scope_or_none()
        return scope.tenant if scope else None

    @tenant.setter
    def tenant(self, value: object) -> None:
        """Do nothing. Only the constructor of django-tenants calls this."""

    def set_schema_to_public(self) -> None:
        """Do nothing. Only the constructor of django-tenants calls this."""

    def set_tenant(self, tenant: object, include_public: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 - their signature
        """Always raise ScopeConflictError, because only a scope determines the tenant."""
        raise ScopeConflictError("a connection has no tenant here: use acting_for(tenant)")

    def get_new_connection(self, conn_params: dict[str, object]) -> object:
        """Take an open connection from the pool. Ended connections are skipped."""
        while True:
            session = super().get_new_connection(conn_params)
            if _is_open(session) and _answers(session):
                return session
            # The pool replaces a dead connection that is given back.
            self.pool.putconn(session)

    def init_connection_state(self) -> None:
        super().init_connection_state()
        binding = self.settings_dict["OPTIONS"].get("server_side_binding", False)
        self.connection.cursor_factory = ScopedBindingCursor if binding else ScopedCursor
        self.connection.server_cursor_factory = ScopedServerCursor
        state = state_of(self.connection)
        if self.settings_dict.get("PLANS_FOR_EACH_SCOPE") and state.plans is None:
            state.plans = KeptPlans()
            self.connection.prepared_max = KEPT_SCOPES * SCOPE_STATEMENTS

    @contextmanager
    def pipeline(self) -> Iterator[None]:
        """Send the block's statements in a pipeline. Errors are raised at the end of the block."""
        with self.wrap_database_errors, self.connection.pipeline():
            yield

    @contextmanager
    def planned_for_values(self) -> Iterator[None]:
        """Within the block, let PostgreSQL plan each statement for the actual values of its parameters.

        Otherwise a session that keeps plans would use generic plans, which do not depend on the values.
        """
        if not self.settings_dict.get("PLANS_FOR_EACH_SCOPE"):
            yield
            return
        with self.cursor() as cursor:
            cursor.execute("SET plan_cache_mode = auto")
        try:
            yield
        finally:
            with self.cursor() as cursor:
                cursor.execute("RESET plan_cache_mode")

    def is_usable(self) -> bool:
        return self.connection is not None and _replies(self.connection)

    def close_if_health_check_failed(self) -> None:
        """Close a session that has ended. Only a session that was idle for long is asked with a statement."""
        if self.connection is None or not self.health_check_enabled or self.health_check_done:
            return
        if not (_is_open(self.connection) and _answers(self.connection)):
            self.close()
        self.health_check_done = True

    def _cursor(self, name: str | None = None) -> object:
        if self.connection is not None and not self.in_atomic_block and self._worn_out():
            self.close()
        # Bypass django-tenants' method, which sets the search_path when a cursor is created (before 4.0 in no method of
        # its own). Ours sets the scope when the cursor executes.
        return super(django_tenants_backend.DatabaseWrapper, self)._cursor(name)

    def _worn_out(self) -> bool:
        return len(state_of(self.connection).touched) > MAX_SCHEMAS_PER_SESSION

    def _close(self) -> object:
        if self.connection is not None and self._worn_out():
            # Close the session and do not give it back: a pool would lend it again.
            self.connection.close()
        return super()._close()

    def _commit(self) -> object:
        session = self.connection
        # The server answers a COMMIT of a failed transaction with a rollback, and reports no error.
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
    # Otherwise Python would wait five seconds for each open pool.
    for pool in getattr(DatabaseWrapper, "_connection_pools", {}).values():  # since Django 5.1
        pool.close()
