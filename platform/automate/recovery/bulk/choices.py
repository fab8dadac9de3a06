"""The values that columns of bulk operations can have. The GraphQL schema shows the labels as descriptions."""

from __future__ import annotations

from django.db.models import TextChoices

from automate.recovery.bulk import request
from automate.runs import states


class BulkKind(TextChoices):
    """The recovery operation that a bulk operation applies to each item."""

    RETRY = request.RETRY, "Retries runs."
    CANCEL = request.CANCEL, "Cancels runs."
    REPLAY = request.REPLAY, "Replays events."
    REDRIVE = request.REDRIVE, "Redrives dead jobs."


class BulkState(TextChoices):
    """The state of a bulk operation."""

    RUNNING = states.BULK_RUNNING, "Workers process the items."
    FINISHED = states.BULK_FINISHED, "All items are processed. Final."
    STOPPED = states.BULK_STOPPED, "Too many items were refused: see `stopOnErrorRate`. Final."
    ABORTED = states.BULK_ABORTED, "A person aborted the operation. Final."
    FAILED = states.BULK_FAILED, "The operation's own job died. `redriveJobs` continues it."


class BulkOutcome(TextChoices):
    """The outcome of one item of a bulk operation."""

    DONE = states.ITEM_DONE, "The item was processed."
    SKIPPED = states.ITEM_SKIPPED, "The item needed nothing any more."
    REFUSED = states.ITEM_REFUSED, "The item was refused: see its error."
