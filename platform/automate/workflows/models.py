"""The editable workflow and its immutable versions."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row

TRIAL = 0
"""The number of versions that were tested for real and never published."""


class Workflow(Row):
    """definition: the draft as it was saved, valid or not; problems: what a publish would refuse.
    revision: rises with each save, for optimistic locking. current_version_id: what new events start.
    paused_at: since when its runs wait; null while they do not. skipping_at: while paused, since when what comes starts
    nothing; null where it waits. archived_at: since when it is put away; null while it is not."""

    slug = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    definition = models.JSONField()
    problems = models.JSONField(default=list)
    revision = models.IntegerField(default=1)
    current_version_id = models.UUIDField(null=True)
    paused_at = models.DateTimeField(null=True)
    skipping_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "workflow"


class WorkflowVersion(Row):
    """An immutable, content-addressed snapshot. checksum: sha256 hex of the definition's canonical JSON.
    number: 0 for what was tested for real and never published. restores: the number of the version whose content it
    publishes again; null where it was a draft."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    definition = models.JSONField()
    checksum = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)
    restores = models.IntegerField(null=True)

    class Meta:
        db_table = "workflow_version"
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "number"], condition=models.Q(number__gt=TRIAL), name="workflow_version_number"
            ),
            models.UniqueConstraint(
                fields=["workflow", "checksum"], condition=models.Q(number=TRIAL), name="workflow_version_trial"
            ),
        ]
