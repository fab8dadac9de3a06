"""Mails that the platform sends to people, one row each."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check

INVITATION, APPROVAL = "invitation", "approval"
QUEUED, SENT, DROPPED, REFUSED = "queued", "sent", "dropped", "refused"
STATES = (QUEUED, SENT, DROPPED, REFUSED)


class Mail(Row):
    """A mail to one person about one thing. An OutboxJob of the same id sends it."""

    # invitation or approval: which composer writes the text when the mail is sent.
    kind = models.CharField(max_length=16)
    subject_id = models.UUIDField()
    # Of the invitation's link; 0 for an approval.
    serial = models.IntegerField(default=0)
    recipient = models.CharField(max_length=254)
    # queued; sent: the mail server accepted it; dropped: its reason ended first; refused: the mail server refused it for good.
    state = models.CharField(max_length=16, default=QUEUED)
    tries = models.IntegerField(default=0)
    # The last NormalizedError; null where no try failed.
    error = models.JSONField(null=True)
    created_at = models.DateTimeField()
    # When the last try began that may have reached the server; null where the server is known not to have the mail.
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "mail"
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_id", "serial", "recipient"], name="mail_once"),
            check("mail_state", models.Q(state__in=STATES)),
        ]
        indexes = [models.Index(fields=["created_at"], name="mail_by_time")]
