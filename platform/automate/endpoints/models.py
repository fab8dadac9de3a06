"""Where webhooks of ours go, and which went there. What became of one, the ledger and its StepRuns tell."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check


class WebhookEndpoint(Row):
    """A receiver of a tenant's webhooks. secrets: those that sign, newest first, encrypted at rest by
    ``sealed_secrets``. disabled_at, disabled_reason: since when and why nothing is sent to it. deleted_at: since when it
    is there for the sake of its deliveries alone, without secrets; its slug is free for another one.
    """

    slug = models.CharField(max_length=64)
    url = models.CharField(max_length=2048)
    secrets = models.JSONField(default=list)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=255, blank=True)
    deleted_at = models.DateTimeField(null=True)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "webhook_endpoint"
        constraints = [
            check(
                "webhook_endpoint_says_why",
                models.Q(disabled_at__isnull=True, disabled_reason="")
                | (models.Q(disabled_at__isnull=False) & ~models.Q(disabled_reason="")),
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(deleted_at__isnull=True), name="webhook_endpoint_slug_once"
            ),
            check("webhook_endpoint_deleted_signs_nothing", models.Q(deleted_at__isnull=True) | models.Q(secrets=[])),
        ]
        indexes = [models.Index(fields=["slug", "id"], name="webhook_endpoint_slug")]


class WebhookDelivery(Row):
    """One message to one endpoint, from before its first attempt. key: that of its effect."""

    endpoint_id = models.UUIDField()
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "webhook_delivery"
        indexes = [models.Index(fields=["endpoint_id", "id"], name="webhook_delivery_endpoint")]
        constraints = [models.UniqueConstraint(fields=["key"], name="webhook_delivery_once")]
