"""The values that columns of retention can have. The GraphQL schema shows the labels as descriptions."""

from __future__ import annotations

from django.db.models import TextChoices

from automate.retention import classes


class DataClass(TextChoices):
    """A kind of stored data that has its own retention time."""

    PAYLOADS = classes.PAYLOADS, "The bodies of events, as they were sent."
    OUTPUTS = classes.OUTPUTS, "The outputs of steps, and the requests in the ledger of external calls."
    RUNS = classes.RUNS, "Runs with their steps, their events, and all that belongs to them."
    RUN_LOG = classes.RUN_LOG, "The timelines of runs: each transition of a run or a step."
    DECISIONS = classes.DECISIONS, "The decisions of rules on events."
    DELIVERIES = classes.DELIVERIES, "Webhooks that created no event, and the records of sent webhooks."
    AUDIT = classes.AUDIT, "The audit record. It is kept for ever."
