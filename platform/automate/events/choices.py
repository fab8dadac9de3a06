"""Enums for columns of sources, deliveries and event types. The label of an enum value describes it for API clients."""

from __future__ import annotations

from django.db.models import TextChoices

from automate.events import models
from automate.events.event_types import models as event_types


class SourceScheme(TextChoices):
    """The method that verifies a sender."""

    API = models.API_SCHEME, "With an API token. Such a source accepts no webhooks."
    STANDARD_WEBHOOKS = "STANDARD_WEBHOOKS", "With a signature of the Standard Webhooks specification."
    GITHUB = "GITHUB", "With GitHub's signature."
    STRIPE = "STRIPE", "With Stripe's signature."
    SLACK = "SLACK", "With Slack's signature."
    SHOPIFY = "SHOPIFY", "With Shopify's signature."
    HMAC = "HMAC", "With an HMAC, read as `verification` says."
    BASIC = "BASIC", "With a user name and password (HTTP Basic)."
    BEARER = "BEARER", "With a bearer token."
    UNSIGNED = "UNSIGNED", "Not at all. Anyone who knows the URL can send."


class DeliveryOutcome(TextChoices):
    """The reason why a delivery made no event."""

    DUPLICATE = models.DUPLICATE, "The same event came before."
    CONFLICT = models.CONFLICT, "The idempotency key came before with another payload."
    REFUSED = models.REFUSED, "The delivery could not be accepted: see its reason."


class IngestOutcome(TextChoices):
    """The outcome of an ingested event."""

    NEW = models.NEW, "The event is accepted."
    DUPLICATE = models.DUPLICATE, "The same event came before. The answer names the first one."
    CONFLICT = models.CONFLICT, "The idempotency key came before with another payload."


class OnMismatch(TextChoices):
    """The treatment of events that do not match the schema of their type.

    Events of runs, schedules and signals are always flagged, because no sender waits for an answer.
    """

    FLAG = event_types.FLAG, "The event is accepted, and `Event.schemaProblems` lists the problems."
    REJECT = (
        event_types.REJECT,
        "`ingestEvent` and webhooks answer INVALID_EVENT. A rejected webhook is stored and can be redelivered.",
    )
