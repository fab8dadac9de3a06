"""Read the mails of the current tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from automate.kernel.limits import DAY_SECONDS
from automate.kernel.queries import RowReader
from automate.kernel.sql import fetch

LATEST = """
SELECT DISTINCT ON (subject_id) subject_id, state FROM mail WHERE kind = %s AND subject_id = ANY (%s)
ORDER BY subject_id, serial DESC
"""
RECENT = "SELECT count(*) FROM mail WHERE created_at > now() - make_interval(secs => %s) AND kind = %s"


@dataclass(frozen=True)
class MailRow:
    """A mail."""

    id: uuid.UUID
    kind: str
    subject_id: uuid.UUID
    serial: int
    recipient: str
    state: str
    tries: int
    created_at: datetime
    age_seconds: float
    """The seconds since the mail was queued, by PostgreSQL's clock."""


_row = RowReader(MailRow, "m", {"age_seconds": "now() - m.created_at"}, age_seconds=timedelta.total_seconds)
MAIL = f"SELECT {_row.columns} FROM mail AS m WHERE m.id = %s"


def mail_by_id(mail_id: uuid.UUID) -> MailRow | None:
    rows = fetch(MAIL, [mail_id])
    return _row(rows[0]) if rows else None


def latest_states(kind: str, subject_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return, for each object, the state of the latest mail about the object."""
    return dict(fetch(LATEST, [kind, list(subject_ids)]))


def mails_of_a_day(kind: str) -> int:
    """Return the number of mails of the last 24 hours."""
    ((count,),) = fetch(RECENT, [DAY_SECONDS, kind])
    return int(count)
