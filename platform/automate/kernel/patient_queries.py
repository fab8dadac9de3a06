"""Reads one text from one row, and retries while PostgreSQL is unavailable."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from automate.kernel.outages import is_away
from automate.kernel.sql import fetch

PATIENCE_SECONDS = 30.0
RECONNECT_SECONDS = 0.2


def read_text(statement: str, parameters: Sequence[Any]) -> bytes:
    """Run a statement that selects one JSON column. Returns ``null`` for a missing row. No retry in a transaction."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            rows = fetch(statement, parameters)
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or not is_away(error) or time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(RECONNECT_SECONDS)
        else:
            found = rows[0][0] if rows else None
            return b"null" if found is None else found.encode() if isinstance(found, str) else bytes(found)
