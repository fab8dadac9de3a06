"""What a failed statement says of the database: that it is away, that a race with another transaction was lost, or neither."""

from __future__ import annotations

from django.db import Error, InterfaceError, OperationalError

LOCK_TIMED_OUT = "55P03"
"""A lock was not free within lock_timeout, or at once where the statement does not wait."""

LOST_RACES = frozenset({"40P01", "40001", LOCK_TIMED_OUT})
"""Deadlock, serialization failure, a lock that was not to be had: nothing was written, and the same may go well at once."""

QUERY_CANCELED = "57014"
"""It took longer than statement_timeout, or somebody ended it: the same would take as long again."""

_AWAY = ("08", "53", "57P", "58")
"""Connections, resources, shutdowns and starts, the server's own system: what may be over in a moment."""

TRIES = 5
"""How often a transaction is made that loses races."""


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code for it; empty where it said none, such as when the connection broke."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def lost_a_race(error: Error) -> bool:
    return sqlstate(error) in LOST_RACES


def is_away(error: Error) -> bool:
    """Whether to connect anew and try again while it lasts."""
    state = sqlstate(error)
    return isinstance(error, InterfaceError | OperationalError) and (not state or state.startswith(_AWAY))
