"""UUIDv7 keys: ordered by time of making, so that they serve as keyset and partition key."""

from __future__ import annotations

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A new UUIDv7."""
    return uuid7()
