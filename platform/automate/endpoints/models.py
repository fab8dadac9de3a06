"""Two tables: the endpoints that receive outgoing webhooks, and the messages to these endpoints.

The outcomes of messages are in the ledger and in StepRuns.
"""

from __future__ import annotations

from django.db import models

from automate.endpoints.settings import MAX_URL_CHARACTERS
from automate.kernel.models import RevisedRow, Row, check


class WebhookEndpoint(RevisedRow):
    """A receiver of a tenant's webhooks.

    A deleted endpoint stays as a row without secrets, because its deliveries refer to it.
    """

    slug = models.CharField(max_length=64, help_text="The name that a step gives in `with.endpoint`.")
    """A new endpoint can have the slug of a deleted endpoint."""
    url = models.CharField(max_length=MAX_URL_CHARACTERS, help_text="The URL to which messages are sent.")
    secrets = models.JSONField(default=list, help_text="The secrets that sign messages, newest first, encrypted.")
    """Sealed by ``sealed_secrets``."""
    disabled_at = models.DateTimeField(
        null=True, help_text="The time at which the endpoint was disabled. Null while it is enabled."
    )
    disabled_reason = models.CharField(
        max_length=255,
        blank=True,
        help_text="Why the endpoint is disabled: a person disabled it, or the receiver answered 410 Gone. Null "
        "while it is enabled.",
    )
    deleted_at = models.DateTimeField(
        null=True,
        help_text="The time at which the endpoint was deleted. Then only its deliveries refer to it. Null before that.",
    )

    secret_count: int
    """Set by ``queries.EVERY_ENDPOINT``."""

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
    """One message to one endpoint. The row is written before the first attempt."""

    endpoint_id = models.UUIDField(help_text="The endpoint.")
    key = models.CharField(max_length=64, help_text="The Idempotency-Key of the call that sends the message.")
    at = models.DateTimeField(help_text="The time just before the first attempt.")

    class Meta:
        db_table = "webhook_delivery"
        indexes = [models.Index(fields=["endpoint_id", "id"], name="webhook_delivery_endpoint")]
        constraints = [models.UniqueConstraint(fields=["key"], name="webhook_delivery_once")]
