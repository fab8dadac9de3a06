"""Which events start which workflow, and what was decided for each event."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row
from automate.workflows.models import Workflow


class RuleSpec(Row):
    """when: JsonLogic over ``type source subject payload headers occurred_at``. priority: higher is matched first.
    enabled: whether it is asked at all. paused_at: since when what it starts waits; null while it does not."""

    slug = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True)
    priority = models.IntegerField(default=0)
    when = models.JSONField()
    warnings = models.JSONField(default=list)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="rules")
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "rule_spec"


class RuleSet(models.Model):
    """The one row that says which version of all rules is in force; each change of a rule raises it."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)

    class Meta:
        db_table = "rule_set"


class Decision(Row):
    """What one rule said of one event, under one version of the rule set. Written once."""

    event_id = models.UUIDField()
    rule_id = models.UUIDField()
    rule_set_version = models.BigIntegerField()
    verdict = models.CharField(max_length=16)
    reason = models.TextField(blank=True)
    path = models.JSONField(default=list)
    run_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "decision"
        constraints = [
            models.UniqueConstraint(fields=["event_id", "rule_id", "rule_set_version"], name="decision_once")
        ]
