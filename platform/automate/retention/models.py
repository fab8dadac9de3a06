"""The tables that store how long each kind of a tenant's data is kept. Row-level security protects these tables."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check
from automate.retention.classes import CLASSES


class RetentionPolicy(Row):
    """How long one kind of a tenant's data is kept. If no row exists for this kind, the plan's default applies."""

    tenant_id = models.UUIDField(help_text="The tenant.")
    data_class = models.CharField(max_length=16, help_text="The kind of data.")
    days = models.IntegerField(
        null=True,
        help_text="Days from the end of the run, as the tenant set them. Null: the default of the tenant's plan "
        "applies.",
    )
    hold_reason = models.CharField(
        max_length=255,
        default="",
        blank=True,
        help_text="Why the platform protects the data from removal. Null without a hold.",
    )
    held_at = models.DateTimeField(null=True, help_text="The time at which the hold began. Null without a hold.")
    removed_before = models.DateTimeField(
        null=True,
        help_text="Data that ended before this time has been removed, or is being removed. Null if nothing was removed yet.",
    )
    changed_at = models.DateTimeField(help_text="The time of the last change by the tenant or the platform.")

    class Meta:
        db_table = "retention_policy"
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "data_class"], name="retention_policy_once"),
            check("retention_policy_class", models.Q(data_class__in=CLASSES)),
            check("retention_policy_days", models.Q(days__isnull=True) | models.Q(days__gte=1)),
        ]


class RetentionSweep(models.Model):
    """The sweeper's progress with one tenant. The sweeper removes old data."""

    tenant_id = models.UUIDField(primary_key=True, help_text="The tenant.")
    places = models.JSONField(default=dict, help_text="How far each step of the sweep has come.")
    due_at = models.DateTimeField(help_text="The time of the next sweep.")
    swept_at = models.DateTimeField(null=True, help_text="The time of the last sweep. Null before the first one.")

    class Meta:
        db_table = "retention_sweep"
        indexes = [models.Index(fields=["due_at"], name="retention_sweep_due")]


class TenantDeletion(models.Model):
    """The planned deletion of a tenant at ``due_at``. Until then, the tenant is suspended.

    ``requested_by`` is ``{kind, id, name}``.
    """

    tenant_id = models.UUIDField(primary_key=True, help_text="The tenant.")
    reason = models.CharField(max_length=255, help_text="The reason that the caller gave for the deletion.")
    requested_by = models.JSONField(help_text="The caller as {kind, id, name}.")
    requested_at = models.DateTimeField(help_text="The time at which the deletion was requested.")
    due_at = models.DateTimeField(help_text="The time from which on the tenant's data is removed permanently.")
    was_held = models.BooleanField(default=False, help_text="Whether the tenant's work was paused before the request.")

    class Meta:
        db_table = "tenant_deletion"
