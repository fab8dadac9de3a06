"""The values of the database columns of notices. The label of each value describes the value to clients of the API."""

from __future__ import annotations

from django.db.models import TextChoices

from automate.notices import kinds


class NoticeKind(TextChoices):
    """The subject of a notice to the members of a tenant."""

    FAILURE = kinds.FAILURE, "Runs fail in a way that was not seen for a week."
    DIGEST = kinds.DIGEST, "Runs of the last 24 hours, once on a day on which a run has failed."
    APPROVAL = kinds.APPROVAL, "An approval waits."
    BUDGET = kinds.BUDGET, "A budget has reached 80 or 100 percent."
    HOST = kinds.HOST, "An unhealthy host holds runs."
    FAILING = kinds.FAILING, "A workflow was paused, because nearly all of its runs failed."


class NoticeState(TextChoices):
    """The state of a notice: planned, sent, dropped, or over the tenant's limit."""

    PLANNED = kinds.PLANNED, "The notice is not due yet."
    TOLD = kinds.NOTIFIED, "Mails are queued, or the event is recorded."
    DROPPED = kinds.DROPPED, "The cause had ended when the notice was due, or the notice had no recipients."
    MUTED = kinds.MUTED, "The tenant had reached its limit of notices within the hour."
