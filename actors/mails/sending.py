"""Sends queued mails. While the mail server is unavailable, a mail waits in the outbox."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from actors.mails.composing import compose, one_line
from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.trace import child_of, tracing
from automate.kernel.transactions import in_transaction
from automate.mail import transitions as mails
from automate.mail.models import DROPPED, QUEUED, REFUSED, SENT
from automate.mail.queries import MailRow, mail_by_id
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.recovery import poison
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall

REPEAT = "mail.repeat"
"""The action of the audit entry for a mail that may have been sent before."""
log = structlog.get_logger(__name__)

TURN_SECONDS = 20.0
"""How long the mails of one tenant may use a thread. The remaining mails go back to the queue."""
FIRST_SECONDS, LONGEST_SECONDS = 5.0, 900.0
"""The delay between attempts: it doubles from the first value to the longest."""
GIVE_UP_SECONDS = 3 * DAY_SECONDS
"""A mail is dead after this time. It can be redriven."""
PERMANENT = range(500, 600)
"""SMTP replies that refuse permanently."""


def send_mails(_run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    """Send the mails of claimed jobs.

    Returns an empty list of calls, because mails are sent without a connector.
    """
    until, away = time.monotonic() + TURN_SECONDS, False
    for job in jobs:
        if away or time.monotonic() >= until:
            # While the server is unavailable, the other mails would only wait for its timeout.
            claims.release([claims.JobRelease(job, after_seconds=FIRST_SECONDS if away else 0.0)])
        else:
            away = _send(job)
    return []


def _send(job: ClaimedJob) -> bool:
    # True if the mail server is unavailable.
    mail = mail_by_id(job.subject_id)
    message = compose(mail) if mail is not None and mail.state == QUEUED else None
    if mail is None or message is None:
        with in_transaction():
            if claims.finish([job]):
                mails.end(job.subject_id, DROPPED, tried=False)
        return False
    begun = False
    try:
        _require_server()
        with _connected(message):
            # From here on the server may have received the mail. A failure before this line has sent nothing.
            begun = _begin(job, mail)
            if begun:
                message.send()
    except (OSError, smtplib.SMTPException, NormalizedError) as error:
        return _failed(job, mail, error, unknown=begun and _is_unknown(error))
    if not begun:
        return False
    with in_transaction():
        # Another worker may hold the job now. The mail was sent in any case.
        claims.finish([job])
        mails.end(mail.id, SENT, tried=True)
    return False


@contextmanager
def _connected(message: EmailMessage) -> Iterator[None]:
    message.connection = get_connection()
    message.connection.open()
    try:
        yield
    finally:
        with suppress(OSError, smtplib.SMTPException):
            message.connection.close()


def _begin(job: ClaimedJob, mail: MailRow) -> bool:
    # If an earlier attempt may have sent the mail, the audit log says so. False if another worker has finished the mail.
    with in_transaction():
        begun = mails.begin(mail.id)
        if begun is not None and begun.earlier is not None:
            changes: audit.Changes = {
                "mail": (None, str(mail.id)),
                "recipient": (None, mail.recipient),
                "earlierTry": (None, begun.earlier.isoformat()),
            }
            with tracing(child_of(job.trace_id)):
                audit.record(REPEAT, mail.kind, mail.subject_id, mail.recipient, changes)
    return begun is not None


def _require_server() -> None:
    # The mail then stays in the queue.
    if not settings.AUTOMATE_MAIL.sends:
        raise NormalizedError(
            "UNAVAILABLE", "No mail server is configured, so the mail waits in the queue. Set AUTOMATE_MAIL_URL."
        )


def _failed(job: ClaimedJob, mail: MailRow, error: Exception, *, unknown: bool) -> bool:
    # Returns True if the mail server is unavailable. `unknown`: the mail server may have accepted the mail.
    refused = _is_refused(error)
    known = NormalizedError(
        "CONNECTOR_REFUSED" if refused else "UNAVAILABLE",
        f"The mail was not sent, because of this error: {_words(error).rstrip('.')}. "
        f"{'Correct the address.' if refused else 'The mail is tried again. Check the settings of the mail server.'}",
    )
    log.warning("a mail was not sent", mail=str(mail.id), code=known.code, tries=mail.tries + 1)
    with in_transaction():
        if refused or mail.age_seconds > GIVE_UP_SECONDS:
            mails.refuse(mail.id, REFUSED, known.as_json())
        else:
            mails.note_failure(mail.id, known.as_json(), unknown=unknown)
            claims.release([claims.JobRelease(job, after_seconds=min(LONGEST_SECONDS, FIRST_SECONDS * 2**mail.tries))])
            return True
    poison.dead_letter([job], known)
    return False


def _words(error: Exception) -> str:
    text = error.message if isinstance(error, NormalizedError) else f"{type(error).__name__} {error}"
    return one_line(text)[:200]


def _is_unknown(error: Exception) -> bool:
    # No reply refused the mail.
    return not isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused | NormalizedError)


def _is_refused(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code in PERMANENT
