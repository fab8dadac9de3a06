"""The values of the database columns of mails. The label of each value describes the value to clients of the API."""

from __future__ import annotations

from django.db.models import TextChoices

from automate.mail import models


class MailState(TextChoices):
    """The state of a mail: waiting, sent, refused, or dropped before it was sent."""

    QUEUED = models.QUEUED, "The mail waits for the mail server."
    SENT = models.SENT, "The mail server accepted the mail."
    REFUSED = models.REFUSED, "The mail server refused the mail permanently."
    DROPPED = models.DROPPED, "The reason for the mail ended before it was sent."
