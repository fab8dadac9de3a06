"""UUIDv7 ids. Their order is the order of creation."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from uuid_utils.compat import uuid7

CLOCKS_APART = timedelta(hours=1)
"""The maximum difference between the clock of a process that creates an id and the clock of PostgreSQL, which
writes the time."""
_LAST_MILLISECOND = 2**48 - 1
_RANDOM_BITS = 80


def new_id() -> uuid.UUID:
    """Return a new UUIDv7."""
    return uuid7()


def named_id(space: uuid.UUID, name: str) -> uuid.UUID:
    """Return an id for a named object that has no row. Equal arguments give the same id.

    ``space`` is the tenant's id.
    """
    return uuid.uuid5(space, name)


def ids_around(timestamp: datetime) -> tuple[uuid.UUID, uuid.UUID]:
    """Return a low id and a high id for a timestamp.

    All rows that are created after the timestamp have higher ids than the low id. All rows that were created before
    the timestamp have lower ids than the high id. The ids allow for differences between the clocks of processes.
    """
    at, apart = int(timestamp.timestamp() * 1000), CLOCKS_APART // timedelta(milliseconds=1)
    return _first_of(at - apart), _first_of(at + apart)


def _first_of(millisecond: int) -> uuid.UUID:
    return uuid.UUID(int=min(max(millisecond, 0), _LAST_MILLISECOND) << _RANDOM_BITS)
