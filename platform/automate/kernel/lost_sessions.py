"""Ends a PostgreSQL session if an answer of PostgreSQL was lost on the way to this process.

A second connection asks PostgreSQL for the state of the session. An idle session has already sent its answer.
If the answer has not arrived here, it was lost.
"""

from __future__ import annotations

import select
import threading

import psycopg
import structlog
from psycopg.rows import TupleRow

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 3
STATEMENT_MS = 2_000
SETTLED_SECONDS = 1.0
"""An answer that the server sent less than this long ago can still be in transit."""

# A pooler reports its own pid: the other conditions prevent a match with a foreign session.
IDLE = """
SELECT state FROM pg_stat_activity
WHERE pid = %(pid)s AND usename = session_user AND datname = current_database() AND application_name = %(name)s
  AND state IN ('idle', 'idle in transaction', 'idle in transaction (aborted)')
  AND clock_timestamp() - state_change > make_interval(secs => %(settled)s)
"""
END = "SELECT pg_terminate_backend(%(pid)s)"

FORGOTTEN = """
SELECT pid, application_name, extract(epoch FROM clock_timestamp() - state_change)::float8, pg_terminate_backend(pid)
FROM pg_stat_activity
WHERE usename = session_user AND datname = current_database() AND pid <> pg_backend_pid()
  AND state IN ('idle in transaction', 'idle in transaction (aborted)')
  AND clock_timestamp() - state_change > make_interval(secs => %(idle)s)
"""

_asking = threading.Lock()


def end_if_lost(session: psycopg.Connection[object]) -> bool:
    # False also if the server cannot be reached, or another thread asks already. Takes a few seconds at most.
    if not _asking.acquire(blocking=False):
        return False
    try:
        return _end_if_lost(session)
    except psycopg.Error as error:
        log.warning("PostgreSQL could not be asked about a silent connection", error=str(error))
        return False
    finally:
        _asking.release()


def _end_if_lost(session: psycopg.Connection[object]) -> bool:
    reached = session.info.get_parameters() | {
        "password": session.info.password,
        "connect_timeout": str(CONNECT_SECONDS),
        "options": f"-c statement_timeout={STATEMENT_MS}",
    }
    parameters = {
        "pid": session.info.backend_pid,
        "name": session.info.get_parameters().get("application_name", ""),
        "settled": SETTLED_SECONDS,
    }
    with psycopg.connect(autocommit=True, **reached) as asking:  # type: ignore[arg-type] # psycopg types each option apart
        found = asking.execute(IDLE, parameters).fetchall()
        if not found or _has_bytes(session):
            return False
        asking.execute(END, parameters)
    ((state, *_), *_) = found
    log.warning("a connection to PostgreSQL was lost", server_pid=parameters["pid"], server_state=state)
    return True


def end_forgotten(asking: psycopg.Connection[TupleRow], idle_seconds: float) -> int:
    """End sessions that are idle in a transaction for too long. Returns the number of ended sessions.

    ``asking`` is the connection that ends the sessions. Only sessions with the same database login as this connection are ended.
    ``idle_seconds`` is the longest allowed idle time.
    """
    found = asking.execute(FORGOTTEN, {"idle": idle_seconds}).fetchall()
    for pid, name, seconds, _ended in found:
        log.warning("an idle transaction was ended", server_pid=pid, of=name, idle_seconds=round(seconds, 1))
    return len(found)


def _has_bytes(session: psycopg.Connection[object]) -> bool:
    # Its answer, or the end of the connection.
    looking = select.poll()
    looking.register(session.pgconn.socket, select.POLLIN)
    return bool(looking.poll(0))
