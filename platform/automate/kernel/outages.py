"""Classifies database errors."""

from __future__ import annotations

from django.db import Error, InterfaceError, OperationalError

LOCK_TIMED_OUT = "55P03"
"""A lock was not free within lock_timeout. If a statement does not wait for locks, the lock was not free at once."""

LOST_RACES = frozenset({"40P01", "40001", LOCK_TIMED_OUT})
"""Deadlock, serialization failure, lock not available: nothing was written, and a retry can succeed at once."""

QUERY_CANCELED = "57014"
"""The statement exceeded statement_timeout or was cancelled. A retry would take as long."""

_AWAY = ("08", "53", "57P", "58")
"""Connections, resources, shutdowns and starts, and the server's system: they can be over soon."""

TRIES = 5
"""The number of attempts of a transaction that loses races."""


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE of a database error, or ""."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def lost_a_race(error: Error) -> bool:
    return sqlstate(error) in LOST_RACES


def is_away(error: Error) -> bool:
    """Return whether an error means that PostgreSQL is unavailable. If so, the caller should reconnect and retry."""
    state = sqlstate(error)
    return isinstance(error, InterfaceError | OperationalError) and (not state or state.startswith(_AWAY))
