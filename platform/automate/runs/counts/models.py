"""The numbers of created, started and ended runs, for each hour and workflow. Only past hours are stored."""

from __future__ import annotations

from django.db import models


class RunHour(models.Model):
    """The counts of a workflow's runs in one hour. Test runs are not counted. Rows never change."""

    hour = models.DateTimeField(help_text="The beginning of the hour, in UTC.")
    workflow_id = models.UUIDField(
        help_text="The id of the workflow. If it is all zeros, the row states that the hour has been counted."
    )
    created = models.BigIntegerField(default=0, help_text="The number of runs that were created in the hour.")
    started = models.BigIntegerField(default=0, help_text="The number of runs that started in the hour.")
    succeeded = models.BigIntegerField(default=0, help_text="The number of runs that succeeded in the hour.")
    failed = models.BigIntegerField(default=0, help_text="The number of runs that failed in the hour.")
    cancelled = models.BigIntegerField(default=0, help_text="The number of runs that were cancelled in the hour.")
    timed_out = models.BigIntegerField(default=0, help_text="The number of runs that timed out in the hour.")

    class Meta:
        db_table = "run_hour"
        constraints = [models.UniqueConstraint(fields=["hour", "workflow_id"], name="run_hour_once")]
