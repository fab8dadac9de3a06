"""UUIDv7 ids. Their order is the order of creation, so they can order pages of a list and divide a table into
partitions.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from uuid_utils.compat import uuid7

CLOCKS_APART = timedelta(hours=1)
"""The maximum difference between the clock of a process that creates an id and that of PostgreSQL, which writes the
time."""
_LAST_MILLISECOND = 2**48 - 1
_RANDOM_BITS = 80


def new_id() -> uuid.UUID:
    """A new UUIDv7."""
    return uuid7()


def named_id(space: uuid.UUID, name: str) -> uuid.UUID:
    """Return a stable id for a named object that has no row. space: the tenant's id, within which the name is unique."""
    return uuid.uuid5(space, name)


def ids_around(timestamp: datetime) -> tuple[uuid.UUID, uuid.UUID]:
    """Return two ids that separate the rows written before a timestamp from the rows written after it.

    Rows with a later timestamp have ids above the first id. Rows with an earlier timestamp have ids below the second
    id. So the index on the ids finds rows by time, if the clocks of two processes differ by at most CLOCKS_APART.
    """
    at, apart = int(timestamp.timestamp() * 1000), CLOCKS_APART // timedelta(milliseconds=1)
    return _first_of(at - apart), _first_of(at + apart)


def _first_of(millisecond: int) -> uuid.UUID:
    return uuid.UUID(int=min(max(millisecond, 0), _LAST_MILLISECOND) << _RANDOM_BITS)
