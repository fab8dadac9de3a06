"""The possible values of columns of jobs. The GraphQL schema shows the label of each value as its description."""

from __future__ import annotations

from django.db.models import TextChoices


class OutboxJobState(TextChoices):
    """The state of a job."""

    PENDING = "pending", "The job waits until it is due and there is room."
    DISPATCHED = "dispatched", "The relay has sent the job to the workers."
    CLAIMED = "claimed", "A worker holds the job."
    DONE = "done", "The job is done. Final."
    DEAD = "dead", "The job failed too often. `redriveJobs` tries it again."
    CANCELLED = "cancelled", "The job is not needed any more. Final."
