"""Send queued mails. A mail server that is away costs nothing but time: the mail waits in the outbox and is tried again."""

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
from automate.runs.advance import RunSet
from automate.runs.step_call import StepCall

REPEAT = "mail.repeat"
"""The action of the entry for a mail that may have been sent before."""
log = structlog.get_logger(__name__)

TURN_SECONDS = 20.0
"""How long one tenant's mails take a thread; the rest goes back to the queue."""
FIRST_SECONDS, LONGEST_SECONDS = 5.0, 900.0
"""Between tries: doubling from the first to the longest."""
GIVE_UP_SECONDS = 3 * DAY_SECONDS
"""After that a mail is dead. It can be redriven."""
DUMMY = "django.core.mail.backends.dummy.EmailBackend"
"""Django's backend that drops mails."""
PERMANENT = range(500, 600)
"""Replies with which SMTP refuses for good."""


def send_mails(_run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    """Send the mails of claimed jobs. There is nothing to call."""
    until, away = time.monotonic() + TURN_SECONDS, False
    for job in jobs:
        if away or time.monotonic() >= until:
            # With the server away, the others would only wait for its time-out.
            claims.release([claims.Release(job, after_seconds=FIRST_SECONDS if away else 0.0)])
        else:
            away = _send(job)
    return []


def _send(job: ClaimedJob) -> bool:
    """Returns whether the mail server is away."""
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
            # From here on the server may get the mail. Until then a failure is known to have sent nothing.
            begun = _begin(job, mail)
            if begun:
                message.send()
    except (OSError, smtplib.SMTPException, NormalizedError) as error:
        return _failed(job, mail, error, unknown=begun and _is_unknown(error))
    if not begun:
        return False
    with in_transaction():
        # Another worker may hold the job by now. The mail is sent all the same.
        claims.finish([job])
        mails.end(mail.id, SENT, tried=True)
    return False


@contextmanager
def _connected(message: EmailMessage) -> Iterator[None]:
    """Let the message use an open connection to the mail server, which is closed afterwards."""
    message.connection = get_connection()
    message.connection.open()
    try:
        yield
    finally:
        with suppress(OSError, smtplib.SMTPException):
            message.connection.close()


def _begin(job: ClaimedJob, mail: MailRow) -> bool:
    """Write down the try, and that it may be a repeat. False where another worker has ended the mail."""
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
    """Raise NormalizedError UNAVAILABLE where no mail server is configured: a mail waits, and is not dropped."""
    if not settings.AUTOMATE_MAIL.sends:
        raise NormalizedError("UNAVAILABLE", "no mail server is configured")


def _failed(job: ClaimedJob, mail: MailRow, error: Exception, *, unknown: bool) -> bool:
    """Returns whether the mail server is away. unknown: whether the server may have the mail."""
    refused = _is_refused(error)
    known = NormalizedError(
        "CONNECTOR_REFUSED" if refused else "UNAVAILABLE",
        f"The mail server {'refused this mail' if refused else 'did not accept this mail'}: {_words(error)}"
        f" {'Correct the address.' if refused else 'The mail is tried again; check the settings of the mail server.'}",
    )
    log.warning("a mail was not sent", mail=str(mail.id), code=known.code, tries=mail.tries + 1)
    with in_transaction():
        if refused or mail.age_seconds > GIVE_UP_SECONDS:
            mails.refuse(mail.id, REFUSED, known.as_json())
        else:
            mails.note_failure(mail.id, known.as_json(), unknown=unknown)
            claims.release([claims.Release(job, after_seconds=min(LONGEST_SECONDS, FIRST_SECONDS * 2**mail.tries))])
            return True
    poison.bury([job], known)
    return False


def _words(error: Exception) -> str:
    """The mail server's words on one line."""
    text = error.message if isinstance(error, NormalizedError) else f"{type(error).__name__} {error}"
    return one_line(text)[:200]


def _is_unknown(error: Exception) -> bool:
    """Whether the server may have taken the mail: it gave no reply to it. A reply that refuses proves that it did not."""
    return not isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused | NormalizedError)


def _is_refused(error: Exception) -> bool:
    """Whether the mail server refused the recipient or the message for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code in PERMANENT
