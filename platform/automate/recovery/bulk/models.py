"""Bulk operations. A bulk operation applies one recovery operation to many rows."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q

from automate.kernel.models import Row, check
from automate.runs.states import BULK_MOVES, BULK_OUTCOMES, BULK_RUNNING


class BulkOperation(Row):
    """A recovery operation for all rows that match a filter. The outbox job with the same id processes the rows."""

    kind = models.CharField(max_length=16, help_text="What is done to each item.")
    state = models.CharField(max_length=16, default=BULK_RUNNING, help_text="The state of the operation.")
    wanted = models.JSONField(help_text="The filter of items.")
    options = models.JSONField(help_text="Further options of the operation, such as how to retry.")
    reason = models.CharField(
        max_length=255, blank=True, help_text="The reason that the caller gave. Empty without one."
    )
    rate = models.IntegerField(help_text="The maximum number of items per second.")
    ceiling = models.IntegerField(help_text="The operation is refused if more items match than this number.")
    stop_on_error_rate = models.IntegerField(
        null=True,
        help_text="The operation stops if more than this percentage of its items is refused, or of its newest "
        "runs fails. Null: it never stops.",
    )
    bounded_at = models.DateTimeField(help_text="Items that are newer than this time are left out.")
    total = models.IntegerField(help_text="The number of items that matched the filter at the start.")
    done = models.IntegerField(default=0, help_text="The number of items on which the operation succeeded.")
    skipped = models.IntegerField(default=0, help_text="The number of items that no longer needed the operation.")
    refused = models.IntegerField(default=0, help_text="The number of items that were refused.")
    cursor_id = models.UUIDField(null=True, help_text="The id of the last item that was processed.")
    error = models.JSONField(null=True, help_text="The error that ended the operation early. Null without one.")
    principal_kind = models.CharField(max_length=16, help_text="The kind of the caller that started the operation.")
    principal_id = models.CharField(max_length=64, blank=True, help_text="The id of the caller.")
    principal_name = models.CharField(max_length=200, help_text="The name of the caller.")
    principal_role = models.CharField(max_length=16, blank=True, help_text="The role of the caller.")
    # The person behind the principal, where one is known.
    principal_person = models.UUIDField(null=True, help_text="The person behind the caller, where one is known.")
    trace_id = models.CharField(
        max_length=32,
        help_text="The trace id: 32 hexadecimal digits. Logs, errors and audit entries of the same work share it.",
    )
    created_at = models.DateTimeField(help_text="The time of the start.")
    finished_at = models.DateTimeField(null=True, help_text="The time of the end. Null before the end.")

    class Meta:
        app_label = "runs"
        db_table = "bulk_operation"
        indexes = [
            Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="bulk_operation_final"),
        ]
        constraints = [
            check("bulk_operation_state_known", Q(state__in=sorted(BULK_MOVES))),
            check(
                "bulk_operation_finished_when_final",
                Q(state=BULK_RUNNING, finished_at__isnull=True)
                | (~Q(state=BULK_RUNNING) & Q(finished_at__isnull=False)),
            ),
        ]


class BulkItem(Row):
    """The outcome of one item of a bulk operation."""

    operation_id = models.UUIDField(help_text="The operation.")
    item_id = models.UUIDField(help_text="The run, event or job.")
    outcome = models.CharField(max_length=16, help_text="The outcome of the item.")
    runs = models.JSONField(default=list, help_text="The new runs that were started for the item.")
    error = models.JSONField(null=True, help_text="Why the item was refused or skipped. Null without an error.")
    at = models.DateTimeField(help_text="The time at which the item was processed.")

    class Meta:
        app_label = "runs"
        db_table = "bulk_item"
        indexes = [Index(fields=["operation_id", "id"], include=["outcome"], name="bulk_item_page")]
        constraints = [
            models.UniqueConstraint(fields=["operation_id", "item_id"], name="bulk_item_once"),
            check("bulk_item_outcome_known", Q(outcome__in=BULK_OUTCOMES)),
        ]
