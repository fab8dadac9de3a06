"""Counts failed sign-ins. Failures of the same person with the same cause become one audit entry a minute."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import structlog
from django.db import Error, connection

from automate.audit import tallies
from automate.audit.tallies import FURTHER, TalliedAction
from automate.kernel.addresses import network_of
from automate.kernel.last_writes import write_last
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.people.models import EMAIL_CHARACTERS
from tenants.sign_in.record import FAILED, REASON
from tenants.sign_in.record_queries import Found, people_of_emails

log = structlog.get_logger(__name__)

WRITE_SECONDS = 1.0
MOST_GATHERED = 4_096
"""The maximum number of distinct attempts within WRITE_SECONDS. For further attempts only the cause is counted."""

Attempt = tuple[str, str, str]
"""Cause, network of the client, and e-mail address as it was sent."""


class Failures:
    """The failed sign-ins of one process. Thread-safe."""

    def __init__(self) -> None:
        self._gathered: Counter[Attempt] = Counter()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, cause: str, address: str, email: str) -> None:
        """Add a failed sign-in to the counts in memory. ``email`` is the address that the client sent."""
        attempt = cause, network_of(address)[:64], email.replace("\0", "")[:EMAIL_CHARACTERS].lower()
        with self._lock:
            self._add(attempt, 1)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_counting, name="failed-sign-ins", daemon=True)
                self._thread.start()

    def count(self) -> None:
        """Add the collected attempts to the counts in the database. If this fails, the next call adds these attempts."""
        with self._lock:
            gathered, self._gathered = self._gathered, Counter()
        if not gathered:
            return
        try:
            with acting_for_platform(REASON, AUTHENTICATION_ROLE):
                people = people_of_emails(sorted({email for _, _, email in gathered if email}))
        except Error as error:
            log.warning("failed sign-ins were not counted yet", attempts=gathered.total(), error=str(error).strip())
            with self._lock:
                for attempt, times in gathered.items():
                    self._add(attempt, times)
            return
        finally:
            connection.close()
        for act, times in _acts(gathered, people):
            tallies.note(act, times)

    def forget(self) -> None:
        """Drop the collected attempts from memory. Dropped attempts are not counted."""
        with self._lock:
            self._gathered = Counter()

    def _add(self, attempt: Attempt, times: int) -> None:
        if attempt not in self._gathered and len(self._gathered) >= MOST_GATHERED:
            attempt = attempt[0], "", ""
        self._gathered[attempt] += times

    def _keep_counting(self) -> None:
        while True:
            time.sleep(WRITE_SECONDS)
            self.count()


def _acts(gathered: Mapping[Attempt, int], people: Mapping[str, Found]) -> Iterator[tuple[TalliedAction, int]]:
    # One action for the platform, and one for each tenant of the person.
    for (cause, address, email), times in gathered.items():
        person = people.get(email)
        readers: Sequence[uuid.UUID | None] = [None, *person.tenants] if person is not None else [None]
        for reader in readers:
            yield _act(cause, address, person, email, reader), times


def _act(cause: str, address: str, person: Found | None, email: str, reader: uuid.UUID | None) -> TalliedAction:
    # An unknown address is left out, because it may be a password in the wrong field.
    if person is None:
        return TalliedAction(FAILED, reader, reason=cause, address=address, object_id="" if address else FURTHER)
    meant = str(person.id)
    return TalliedAction(
        FAILED,
        reader,
        reason=cause,
        address=address,
        object_kind="person",
        object_id=meant,
        object_label=email,
        counted_for=meant,
    )


failures = Failures()


def write_at_end() -> None:
    failures.count()
    tallies.write_at_end()


write_last(write_at_end)
