"""The table of mails to people."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check

INVITATION, APPROVAL, NOTICE = "invitation", "approval", "notice"
QUEUED, SENT, DROPPED, REFUSED = "queued", "sent", "dropped", "refused"
STATES = (QUEUED, SENT, DROPPED, REFUSED)


class Mail(Row):
    """A mail to one person about one object. The job with the mail's id sends the mail."""

    # invitation, approval or notice: the composer that writes the text when the mail is sent.
    kind = models.CharField(max_length=16, help_text="The subject of the mail: invitation, approval or notice.")
    subject_id = models.UUIDField(help_text="The id of that invitation, approval or notice.")
    serial = models.IntegerField(default=0, help_text="The number of the invitation's link. 0 for other mails.")
    recipient = models.CharField(max_length=254, help_text="The recipient's address.")
    # queued; sent: the mail server accepted it; dropped: its reason ended first; refused: the mail server refused it
    # permanently.
    state = models.CharField(max_length=16, default=QUEUED, help_text="Whether the mail was sent.")
    tries = models.IntegerField(default=0, help_text="How often the mail server was contacted.")
    # The last NormalizedError; null without a failed attempt.
    error = models.JSONField(null=True, help_text="The last error, a NormalizedError. Null if no attempt failed.")
    created_at = models.DateTimeField(help_text="The time of creation.")
    # The start of the last attempt that may have reached the server; null if the server certainly does not have the
    # mail.
    begun_at = models.DateTimeField(
        null=True, help_text="The start of the last attempt that may have reached the mail server. Null without one."
    )
    ended_at = models.DateTimeField(
        null=True, help_text="The time at which the mail was sent or given up. Null while it is queued."
    )

    class Meta:
        db_table = "mail"
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_id", "serial", "recipient"], name="mail_once"),
            check("mail_state", models.Q(state__in=STATES)),
        ]
        indexes = [models.Index(fields=["created_at"], name="mail_by_time")]
