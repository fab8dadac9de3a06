"""Reads one text from one row, and retries while PostgreSQL is unavailable."""

from __future__ import annotations

import time

from django.db import InterfaceError, OperationalError, connection

from automate.kernel.outages import is_away
from automate.kernel.sql import Parameters, fetch_value

PATIENCE_SECONDS = 30.0
RECONNECT_SECONDS = 0.2


def read_text(statement: str, parameters: Parameters) -> bytes:
    """Run a statement that selects one JSON column, and return the JSON text. Returns ``null`` for a missing row.

    Retries while PostgreSQL is unavailable. Inside a transaction, it does not retry.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found = fetch_value(statement, parameters)
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or not is_away(error) or time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(RECONNECT_SECONDS)
        else:
            return b"null" if found is None else found.encode() if isinstance(found, str) else bytes(found)
