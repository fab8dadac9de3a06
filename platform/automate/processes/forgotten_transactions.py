"""A thread that ends transactions whose process has ended. A proxy can keep the connection of such a process open."""

from __future__ import annotations

import threading
import time

import psycopg
import structlog
from django.conf import settings
from django.db import connection

from automate.kernel.answering import AnsweringConnection
from automate.kernel.lost_sessions import end_forgotten

log = structlog.get_logger(__name__)


def start() -> None:
    """Start a thread that looks for forgotten transactions every AUTOMATE_IDLE_TRANSACTION_TIMEOUT_MS."""
    threading.Thread(target=_run, name="forgotten-transactions", daemon=True).start()


def _run() -> None:
    idle_seconds = settings.IDLE_TRANSACTION_TIMEOUT_MS / 1000
    while True:
        end_idle(idle_seconds)
        time.sleep(idle_seconds)


def end_idle(idle_seconds: float) -> int:
    """End transactions of this process's database login that are idle for ``idle_seconds``. Returns their number."""
    try:
        with AnsweringConnection.connect(**connection.get_connection_params(), autocommit=True) as asking:
            return end_forgotten(asking, idle_seconds)
    except psycopg.Error as error:
        log.debug("PostgreSQL could not be asked about idle transactions", error=str(error))
        return 0
