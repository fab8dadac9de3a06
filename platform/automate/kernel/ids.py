"""UUIDv7 keys: ordered by time of making, so that they serve as keyset and partition key."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from uuid_utils.compat import uuid7

CLOCKS_APART = timedelta(hours=1)
"""How far the clock of a process that makes an id may be from PostgreSQL's, which writes the time beside it."""
_LAST_MILLISECOND = 2**48 - 1
_RANDOM_BITS = 80


def new_id() -> uuid.UUID:
    """A new UUIDv7."""
    return uuid7()


def named_id(space: uuid.UUID, name: str) -> uuid.UUID:
    """The same id each time for a thing that has a name and no row. space: the tenant's id."""
    return uuid.uuid5(space, name)


def ids_around(moment: datetime) -> tuple[uuid.UUID, uuid.UUID]:
    """Bounds for the ids of rows of a moment. Rows since then have ids above the first, rows until then below the second:
    so that a range of times is found by the index of the ids, where the clocks were no further apart than they may be.
    """
    at, apart = int(moment.timestamp() * 1000), CLOCKS_APART // timedelta(milliseconds=1)
    return _first_of(at - apart), _first_of(at + apart)


def _first_of(millisecond: int) -> uuid.UUID:
    return uuid.UUID(int=min(max(millisecond, 0), _LAST_MILLISECOND) << _RANDOM_BITS)
