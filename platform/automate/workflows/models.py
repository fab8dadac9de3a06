"""The editable workflow and its immutable versions."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import RevisedRow, Row, text_beside

TRIAL = 0
"""The number of versions that were live-tested and never published."""


class Workflow(RevisedRow):
    """An editable workflow. Its definition is the draft, which can be invalid."""

    slug = models.CharField(
        max_length=64, unique=True, help_text="The name in URLs and references. It is unique in the tenant."
    )
    name = models.CharField(max_length=200, help_text="The name that people see.")
    enabled = models.BooleanField(default=True, help_text="Whether new events start the workflow.")
    definition = models.JSONField(help_text="The draft as it was last saved.")
    written = text_beside("definition")
    problems = models.JSONField(default=list, help_text="The problems because of which the draft cannot be published.")
    current_version_id = models.UUIDField(null=True, help_text="The version that new events start.")
    paused_at = models.DateTimeField(
        null=True, help_text="The time at which the workflow was paused. Null while it is not paused."
    )
    skipping_at = models.DateTimeField(
        null=True,
        help_text="The time from which on events start nothing during a pause. Null if their runs are created and "
        "wait.",
    )
    archived_at = models.DateTimeField(
        null=True, help_text="The time at which the workflow was archived. Null while it is not archived."
    )

    class Meta:
        db_table = "workflow"


class WorkflowVersion(Row):
    """An immutable snapshot of a workflow's definition."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="versions", help_text="The workflow.")
    number = models.IntegerField(
        help_text="The number of the published version, from 1. It is 0 for a version that was only tested with "
        "real connectors."
    )
    definition = models.JSONField(help_text="The definition, which never changes.")
    written = text_beside("definition")
    checksum = models.CharField(
        max_length=64, help_text="SHA-256 of the definition's canonical JSON, as 64 hexadecimal digits."
    )
    published_at = models.DateTimeField(help_text="The time at which the version was published.")
    published_by = models.CharField(max_length=200, help_text="The name of the caller who published the version.")
    restores = models.IntegerField(
        null=True,
        help_text="The number of the earlier version whose content was published again. Null if a draft was published.",
    )

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
