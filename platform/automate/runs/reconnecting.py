"""Reconnects a worker to PostgreSQL, so that the worker can write the results that it holds."""

from __future__ import annotations

import time

from django.db import InterfaceError, OperationalError, connection

from automate.runs import loaded_queries

RECONNECT_SECONDS = 0.2
"""Seconds between tries to write a result while PostgreSQL is unreachable. The call was made, so its outcome must be stored."""


def reconnect(deadline: float, xid: int | None = None) -> bool:
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
