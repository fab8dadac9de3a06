"""Reconnect a worker to PostgreSQL while it holds results that it has still to write."""

from __future__ import annotations

import time

from django.db import InterfaceError, OperationalError, connection

from automate.runs import loaded_queries

RECONNECT_SECONDS = 0.2
"""Seconds between tries to write a result while PostgreSQL is unreachable. The call was made, so its outcome must be stored."""


def reconnect(deadline: float, xid: int | None = None) -> bool:
    """Wait until PostgreSQL can be reached again. Returns whether the interrupted transaction was committed.

    ``xid`` is that transaction; None if it wrote nothing. ``deadline`` is a time on the monotonic clock. Raises the
    error of the database once the deadline has passed.
    """
    while True:
        connection.close()
        time.sleep(RECONNECT_SECONDS)
        try:
            if xid is not None and loaded_queries.was_committed(xid):
                return True
            connection.ensure_connection()
        except (OperationalError, InterfaceError):
            if time.monotonic() > deadline:
                raise
        else:
            return False
