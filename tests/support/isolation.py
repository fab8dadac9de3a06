"""Telling tenants apart: each has one kind of event whose type names it, so that any answer can be checked."""

from __future__ import annotations

import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from django.db import connection, connections

from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import TenantRef
from tests.support import rows

T = TypeVar("T")
TENANTS = 8
BEFORE_EACH_STATEMENT = "set_config('role'"
"""How libpq's trace shows the statement that applies a scope."""


class HasRef(Protocol):
    @property
    def ref(self) -> TenantRef: ...


def marker_of(tenant: HasRef) -> str:
    """The type of a tenant's events, which no other tenant's have."""
    return f"marker.{tenant.ref.id.hex}"


def markers() -> set[str]:
    """The types of all events that the running code can see."""
    return {kind for (kind,) in fetch("SELECT DISTINCT type FROM event")}


def quiet_flow() -> rows.Flow:
    """A workflow and a rule of the current tenant that no event starts."""
    made = rows.flow(f"quiet-{uuid.uuid4().hex[:12]}")
    execute("UPDATE rule_spec SET enabled = false WHERE id = %s", [made.rule])
    return made


def in_new_thread(work: Callable[[], T]) -> T:
    """The result of work in a thread without any context, or what it raised."""
    done: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - handed on to the caller
            raised.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return done[0]


def session_settings(alias: str = "default") -> tuple[str, str]:
    """``(current_user, search_path)`` of the connection's session, read past the backend: what really is in force."""
    session = connections[alias].connection
    result = session.pgconn.exec_(b"SELECT current_user, current_setting('search_path')")
    return result.get_value(0, 0).decode(), result.get_value(0, 1).decode()


def settings_of(tenant: HasRef) -> tuple[str, str]:
    """What ``session_settings`` must be while a tenant's statement runs."""
    return tenant.ref.schema, f'"{tenant.ref.schema}", "public"'


@contextmanager
def sent_statements() -> Iterator[list[str]]:
    """What this thread's default session sends to the server, as libpq traces it; filled when the block ends. Nothing is
    prepared meanwhile: what is goes by a name.
    """
    connection.ensure_connection()
    lines: list[str] = []
    threshold, connection.connection.prepare_threshold = connection.connection.prepare_threshold, None
    with tempfile.TemporaryFile() as trace:
        pgconn = connection.connection.pgconn
        pgconn.trace(os.dup(trace.fileno()))
        try:
            yield lines
        finally:
            pgconn.untrace()
            connection.connection.prepare_threshold = threshold
            trace.seek(0)
            lines += [line for line in trace.read().decode().splitlines() if "\tParse\t" in line or "\tQuery\t" in line]


def scope_changes(sent: Sequence[str]) -> int:
    return sum(BEFORE_EACH_STATEMENT in line for line in sent)
