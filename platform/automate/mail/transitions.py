"""All SQL that writes mails. A mail and its job are written in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.ids import new_id
from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import current_trace
from automate.kernel.transactions import after_commit, require_transaction
from automate.mail.models import QUEUED, REFUSED
from automate.outbox import claims
from automate.outbox.wakeups import wake_relay

MAIL_SEND = "mail.send"
"""The topic of its jobs."""

MAX_ATTEMPTS = 5
"""The number of workers that may be lost with a mail before the mail is dead. Failures of the mail server do not
count."""
KEPT_SECONDS = 90 * DAY_SECONDS
FORGOTTEN_AT_ONCE = 100

INSERT = f"""
INSERT INTO mail (id, kind, subject_id, serial, recipient, state, tries, created_at)
SELECT id, %s, %s, %s, recipient, '{QUEUED}', 0, now() FROM unnest(%s::uuid[], %s::text[]) AS m (id, recipient)
ON CONFLICT (kind, subject_id, serial, recipient) DO NOTHING RETURNING id, recipient
"""
END = f"UPDATE mail SET state = %s, tries = tries + %s, ended_at = now() WHERE id = %s AND state = '{QUEUED}'"
BEGIN = f"""
WITH was AS (SELECT id, begun_at FROM mail WHERE id = %s AND state = '{QUEUED}' FOR UPDATE)
UPDATE mail AS m SET begun_at = clock_timestamp() FROM was WHERE m.id = was.id RETURNING was.begun_at
"""
NOTE_FAILURE = f"""
UPDATE mail SET tries = tries + 1, error = %s::jsonb, begun_at = CASE WHEN %s THEN begun_at END WHERE id = %s AND state = '{QUEUED}'
"""
REFUSE = f"UPDATE mail SET state = %s, error = %s::jsonb, ended_at = now() WHERE id = %s AND state = '{QUEUED}'"
REOPEN = f"""
UPDATE mail SET state = '{QUEUED}', tries = 0, created_at = now(), ended_at = NULL,
    begun_at = CASE WHEN error ->> 'code' = 'UNAVAILABLE' THEN begun_at END
WHERE id = ANY (%s) AND state = '{REFUSED}'
"""
FORGET = """
DELETE FROM mail WHERE id = ANY (ARRAY(
    SELECT id FROM mail WHERE created_at < now() - make_interval(secs => %s) ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED))
"""


def queue(kind: str, subject_id: uuid.UUID, recipients: Sequence[str], *, serial: int = 0) -> list[str]:
    """Queue one mail for each recipient. Returns the recipients for whom a mail was created. Requires a transaction."""
    require_transaction()
    execute(FORGET, [KEPT_SECONDS, FORGOTTEN_AT_ONCE])
    ids = [new_id() for _ in recipients]
    made = fetch(INSERT, [kind, subject_id, serial, ids, list(recipients)])
    if made:
        trace_id = current_trace().trace_id
        jobs = [(mail_id, mail_id, trace_id) for mail_id, _ in made]
        claims.enqueue(current_tenant().id, MAIL_SEND, jobs, max_attempts=MAX_ATTEMPTS)
        after_commit(wake_relay)
    return sorted(recipient for _, recipient in made)


def end(mail_id: uuid.UUID, state: str, *, tried: bool) -> None:
    """Move a queued mail to a final state."""
    execute(END, [state, int(tried), mail_id])


@dataclass(frozen=True)
class Begun:
    """The start of an attempt to send a mail."""

    earlier: datetime | None
    """The time of an earlier attempt whose outcome is unknown. None without such an attempt."""


def begin(mail_id: uuid.UUID) -> Begun | None:
    """Record the start of an attempt to send a mail. Returns None if the mail is no longer in the queue."""
    return next((Begun(earlier) for (earlier,) in fetch(BEGIN, [mail_id])), None)


def note_failure(mail_id: uuid.UUID, error: JsonValue, *, unknown: bool) -> None:
    """Count a failed attempt to send a mail."""
    execute(NOTE_FAILURE, [json_string(error), unknown, mail_id])


def reopen(mail_ids: Sequence[uuid.UUID]) -> None:
    """Queue mails again after a redrive of their jobs."""
    execute(REOPEN, [list(mail_ids)])


def refuse(mail_id: uuid.UUID, state: str, error: JsonValue) -> None:
    """Record the final error of a mail."""
    execute(REFUSE, [state, json_string(error), mail_id])
