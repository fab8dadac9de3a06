"""Tables of usage, in the public schema. UsageEntry has the usage of open hours. UsageHour has sums of closed hours."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import check
from automate.usage.kinds import KINDS, METRICS


class Used(models.Model):
    """An amount of usage within one hour. ``hour`` is the beginning of the hour in UTC."""

    id = models.BigAutoField(primary_key=True, help_text="A number that rises with each written row.")
    tenant_id = models.UUIDField(help_text="The tenant.")
    hour = models.DateTimeField(help_text="The beginning of the hour.")
    metric = models.CharField(max_length=16, help_text="What is counted.")
    kind = models.CharField(
        max_length=8, help_text="Whether the usage belongs to an ordinary run, a retry, a test or a replay."
    )
    workflow = models.CharField(max_length=64, blank=True, help_text="The slug of the workflow. Empty without one.")
    connector = models.CharField(max_length=64, blank=True, help_text="The connector. Empty without one.")
    amount = models.BigIntegerField(help_text="The amount; for cost, in millionths of the currency.")

    class Meta:
        abstract = True


class UsageEntry(Used):
    """The usage that one transaction recorded in one hour. When the hour is closed, rows of UsageHour replace these entries."""

    class Meta:
        db_table = "usage_entry"
        indexes = [models.Index(fields=["tenant_id", "hour"], name="usage_entry_of_tenant")]
        constraints = [
            check("usage_entry_counted", models.Q(metric__in=METRICS)),
            check("usage_entry_kind", models.Q(kind__in=KINDS)),
        ]


class UsageHour(Used):
    """The sum of usage in a closed hour. The row never changes."""

    class Meta:
        db_table = "usage_hour"
        indexes = [models.Index(fields=["tenant_id", "hour", "id"], name="usage_hour_of_tenant")]
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "tenant_id", "metric", "kind", "workflow", "connector"], name="usage_hour_once"
            )
        ]


class ClosedHour(models.Model):
    """The last closed hour. All earlier hours are closed as well. The table has one row."""

    singleton = models.SmallIntegerField(primary_key=True, default=1, help_text="Always 1: the table has one row.")
    hour = models.DateTimeField(help_text="The beginning of the last closed hour.")

    class Meta:
        db_table = "usage_closed"
        constraints = [check("usage_closed_only_one", models.Q(singleton=1))]
