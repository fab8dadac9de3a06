"""Failed sign-ins: gathered in the process, and written once a minute, so that a flood is one entry with a count."""

from __future__ import annotations

import atexit
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import structlog
from django.db import Error, connection

from automate.kernel.addresses import network_of
from tenants.people.models import EMAIL_CHARACTERS
from tenants.sign_in.record import record_failures

log = structlog.get_logger(__name__)

WRITE_SECONDS = 60.0
MOST_GATHERED = 4_096
"""Pairs of cause and address. Attempts from further addresses count as of an unknown address."""
MOST_PEOPLE = 1_000
"""E-mail addresses for each pair."""
OTHERS = "other addresses"

Pair = tuple[str, str]


@dataclass
class _Attempts:
    """people: how many attempts for each e-mail address that was sent."""

    count: int = 0
    people: Counter[str] = field(default_factory=Counter)


class Failures:
    """Of one process. Thread-safe."""

    def __init__(self) -> None:
        self._gathered: dict[Pair, _Attempts] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, cause: str, address: str, email: str) -> None:
        """Without SQL, and without waiting for any. email: as it was sent."""
        pair, email = (cause, network_of(address)[:64]), email.replace("\0", "")[:EMAIL_CHARACTERS]
        with self._lock:
            if pair not in self._gathered and len(self._gathered) >= MOST_GATHERED:
                pair = cause, OTHERS
            attempts = self._gathered.setdefault(pair, _Attempts())
            attempts.count += 1
            if email in attempts.people or len(attempts.people) < MOST_PEOPLE:
                attempts.people[email] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_writing, name="failed-sign-ins", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write the failures since the last call. Those that the database refuses are written in a later minute."""
        with self._lock:
            gathered, self._gathered = self._gathered, {}
        try:
            while gathered:
                pair, attempts = next(iter(gathered.items()))
                record_failures(*pair, attempts.count, attempts.people)
                del gathered[pair]
        except Error as error:
            log.warning("failed sign-ins were not recorded", pairs=len(gathered), error=str(error).strip())
            with self._lock:
                self._gathered = {**gathered, **self._gathered}
        finally:
            connection.close()

    def forget(self) -> None:
        """Without writing: for a process whose database is gone."""
        with self._lock:
            self._gathered = {}

    def _keep_writing(self) -> None:
        while True:
            time.sleep(WRITE_SECONDS)
            self.write()


failures = Failures()


@atexit.register
def write_at_exit() -> None:
    """What was gathered since the last minute."""
    failures.write()
