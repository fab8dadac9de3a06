"""Groups of failures that a person has marked as resolved."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from automate.kernel.models import Row, check
from automate.runs.failure_queries import JOBS, RUNS


class FailureResolution(Row):
    """The resolution of a group of failures. If a failure after ``last_at`` reopens the group, this row does not change."""

    kind = models.CharField(max_length=8, help_text="Whether runs or jobs failed.")
    fingerprint = models.UUIDField(help_text="The fingerprint of the group.")
    reason = models.CharField(max_length=255, blank=True, help_text="The reason that the caller gave.")
    resolved_by = models.CharField(max_length=200, help_text="The name of the caller who resolved the group.")
    resolved_at = models.DateTimeField(help_text="The time of the resolution.")
    last_at = models.DateTimeField(help_text="The time of the newest failure that the resolution covers.")

    class Meta:
        app_label = "runs"
        db_table = "failure_resolution"
        constraints = [
            check("failure_resolution_kind_known", Q(kind__in=[RUNS, JOBS])),
            models.UniqueConstraint(fields=["kind", "fingerprint"], name="failure_resolution_once"),
        ]
