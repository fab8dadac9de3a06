"""How a worker comes back to PostgreSQL with the results that it holds."""

from __future__ import annotations

import time

from django.db import InterfaceError, OperationalError, connection

from automate.runs import transitions

RECONNECT_SECONDS = 0.2
"""Between tries to write a result while PostgreSQL is away: the call was made, so its outcome must not be lost lightly."""


def reconnect(deadline: float, xid: int | None = None) -> bool:
    """Wait for the database. Returns whether the interrupted transaction turns out to be committed.

    deadline: by the monotonic clock. xid: of that transaction; None where it wrote nothing. Raises the database's error after the
    deadline.
    """
    while True:
        connection.close()
        time.sleep(RECONNECT_SECONDS)
        try:
            if xid is not None and transitions.was_committed(xid):
                return True
            connection.ensure_connection()
        except (OperationalError, InterfaceError):
            if time.monotonic() > deadline:
                raise
        else:
            return False
