"""Events and their sources. An event, its payload and its key are stored in three rows. Each row has its own retention."""

from __future__ import annotations

from django.db import models

from automate.events.event_types.models import EventReindex, EventSearch, EventType  # noqa: F401 - Django looks for models here
from automate.kernel.limits import LIMITS
from automate.kernel.models import RevisedRow, Row, check

NEW, DUPLICATE, CONFLICT, REFUSED = "NEW", "DUPLICATE", "CONFLICT", "REFUSED"

API_SOURCE, MANUAL_SOURCE, RUNS_SOURCE = "api", "manual", "runs"
SCHEDULES_SOURCE, SIGNALS_SOURCE = "schedules", "signals"
BUILT_IN_SOURCES = (API_SOURCE, MANUAL_SOURCE, RUNS_SOURCE, SCHEDULES_SOURCE, SIGNALS_SOURCE)
MADE_BY_THE_PLATFORM = frozenset({MANUAL_SOURCE, RUNS_SOURCE, SCHEDULES_SOURCE, SIGNALS_SOURCE})
"""The sources whose events budgets do not count."""
API_SCHEME = "API"
"""The scheme of events that come with an API token. Such a source accepts no webhooks."""


class Source(RevisedRow):
    """A source of events."""

    slug = models.CharField(max_length=64, help_text="The name in URLs and references. It is unique in the tenant.")
    scheme = models.CharField(max_length=32, help_text="How the sender of a request is verified.")
    secrets = models.JSONField(default=list, help_text="The secrets that are accepted, newest first.")
    """Each is ``{version, sealed, added_at}``, sealed by ``automate.vault.sealing``."""
    last_secret_version = models.IntegerField(default=0, help_text="The highest version number that a secret has had.")
    secret_uses = models.JSONField(
        default=dict, help_text="When each version of the secret last verified a sender, roughly."
    )
    """version -> the approximate time at which this version last verified a sender"""
    options = models.JSONField(default=dict, help_text="How a signature is read.")
    intake = models.JSONField(
        default=dict,
        help_text="The limits of the source, and where it reads values of an event. Null for a source of the API.",
    )
    enabled = models.BooleanField(
        default=True, help_text="Whether the source accepts webhooks. Disabled sources return 404."
    )
    built_in = models.BooleanField(
        default=False, help_text="Whether the source is part of the platform. Such a source cannot be changed."
    )
    deleted_at = models.DateTimeField(
        null=True, help_text="The time at which the source was deleted. Its slug is free then. Null before that."
    )

    shown_secrets: str
    """Set by ``queries.SOURCES``."""

    class Meta:
        db_table = "source"
        constraints = [
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(deleted_at__isnull=True), name="source_slug_once"
            )
        ]


class Event(Row):
    """An immutable event."""

    source_id = models.UUIDField(help_text="The source.")
    type = models.CharField(max_length=255, help_text="The type of the event, such as `order.created`.")
    subject = models.CharField(
        max_length=255, blank=True, help_text="The object that the event is about, redacted. Null without one."
    )
    idempotency_key = models.CharField(
        max_length=255,
        blank=True,
        help_text="The sender's key. A second event with the same key is a duplicate. Null without one.",
    )
    headers = models.JSONField(default=dict, help_text="The request's headers in lower case, without credentials.")
    payload_bytes = models.IntegerField(help_text="The size of the body in bytes.")
    payload_sha256 = models.CharField(
        max_length=64, help_text="SHA-256 over the body as it was sent, as 64 hexadecimal digits."
    )
    derived_from_id = models.UUIDField(null=True, help_text="The event whose payload was edited to make this one.")
    secret_version = models.IntegerField(
        null=True,
        help_text="The version of the source's secret that verified the sender. Null for a source without secrets.",
    )
    redelivered_from_id = models.UUIDField(
        null=True, help_text="The stored delivery that was redelivered as this event."
    )
    schema_problems = models.JSONField(
        null=True,
        help_text="The reasons why the payload did not match the schema of the event's type when it was received. "
        "Empty for a match, and for a type without a schema.",
    )
    """Each is ``{message, path}``. Null without problem."""
    trace_id = models.CharField(
        max_length=32,
        help_text="The trace id: 32 hexadecimal digits. Logs, errors and audit entries of the same work share it.",
    )
    depth = models.IntegerField(
        default=0,
        help_text=f"How many runs lie between the event and the outside. From {LIMITS.causation_depth} on no rule starts a run.",
    )
    actor_kind = models.CharField(max_length=16, help_text="The kind of the caller that sent the event.")
    actor_name = models.CharField(max_length=200, help_text="The name of the caller that sent the event.")
    # The person behind the actor, where one is known: see Principal.
    actor_person = models.UUIDField(null=True, help_text="The person behind the caller, where one is known.")
    occurred_at = models.DateTimeField(help_text="The time at which the event happened, according to its sender.")
    received_at = models.DateTimeField(help_text="The time at which the platform accepted the event.")

    class Meta:
        db_table = "event"
        indexes = [
            models.Index(
                fields=["redelivered_from_id"],
                condition=models.Q(redelivered_from_id__isnull=False),
                name="event_redelivered",
            ),
            models.Index(fields=["type", "source_id", "id"], name="event_by_type"),
            models.Index(fields=["source_id", "id"], name="event_by_source"),
            models.Index(fields=["trace_id", "id"], name="event_by_trace"),
            models.Index(
                fields=["idempotency_key", "id"],
                condition=~models.Q(idempotency_key=""),
                name="event_by_idempotency_key",
            ),
            models.Index(fields=["subject", "id"], condition=~models.Q(subject=""), name="event_by_subject"),
            models.Index(
                fields=["id"], condition=models.Q(schema_problems__isnull=False), name="event_with_schema_problems"
            ),
        ]


class EventPayload(models.Model):
    """The body of an event as it was sent. To erase a person's data, the platform removes this row and no other row."""

    event_id = models.UUIDField(primary_key=True, help_text="The event.")
    body = models.BinaryField(help_text="The body as it was sent.")

    class Meta:
        db_table = "event_payload"


class EventKey(models.Model):
    """An idempotency key, and the first event that had this key."""

    id = models.BigAutoField(primary_key=True, help_text="The row's UUIDv7, which rises with time.")
    source_id = models.UUIDField(help_text="The source.")
    key = models.CharField(max_length=255, help_text="The idempotency key.")
    payload_sha256 = models.CharField(max_length=64, help_text="The checksum of the first body that had this key.")
    event_id = models.UUIDField(help_text="The event.")
    expires_at = models.DateTimeField(help_text="The time after which the row may be deleted.")

    class Meta:
        db_table = "event_key"
        constraints = [models.UniqueConstraint(fields=["source_id", "key"], name="event_key_once")]
        indexes = [models.Index(fields=["expires_at"], name="event_key_expiry")]


class Delivery(Row):
    """A delivery that made no event: a duplicate, a conflict, or a refused request."""

    source_id = models.UUIDField(help_text="The source.")
    idempotency_key = models.CharField(max_length=255, help_text="The sender's key. Null without one.")
    event_id = models.UUIDField(null=True, help_text="The event that was accepted first, if this delivery repeats it.")
    outcome = models.CharField(max_length=16, help_text="Why no event was made from the delivery.")
    type = models.CharField(max_length=255, blank=True, help_text="The event type in the delivery. Null without one.")
    reason = models.JSONField(null=True, help_text="The error that the sender received. Null for a duplicate.")
    secret_version = models.IntegerField(
        null=True, help_text="The version of the source's secret that verified the sender. Null if none did."
    )
    headers = models.JSONField(default=dict, help_text="The request's headers in lower case, without credentials.")
    sealed_headers = models.TextField(
        blank=True, help_text="All headers, encrypted. They are stored so that the delivery can be verified again."
    )
    body = models.BinaryField(null=True, help_text="The body as it was sent, if the delivery can be redelivered.")
    payload_bytes = models.IntegerField(default=0, help_text="The size of the body in bytes.")
    payload_sha256 = models.CharField(
        max_length=64, help_text="SHA-256 over the body as it was sent, as 64 hexadecimal digits."
    )
    trace_id = models.CharField(
        max_length=32,
        help_text="The trace id: 32 hexadecimal digits. Logs, errors and audit entries of the same work share it.",
    )
    received_at = models.DateTimeField(help_text="The time at which the delivery was received.")
    expires_at = models.DateTimeField(help_text="The time after which the row may be deleted.")

    class Meta:
        db_table = "delivery"
        indexes = [
            models.Index(fields=["source_id", "id"], name="delivery_source"),
            models.Index(fields=["expires_at"], name="delivery_expiry"),
        ]
        constraints = [
            check("delivery_repeats_an_event", models.Q(outcome=REFUSED) | models.Q(event_id__isnull=False)),
        ]


class DeliveryTally(models.Model):
    """A counter of deliveries, for one source, outcome and day in UTC."""

    id = models.BigAutoField(primary_key=True, help_text="The row's UUIDv7, which rises with time.")
    source_id = models.UUIDField(help_text="The source.")
    outcome = models.CharField(max_length=16, help_text="Why no events were made from the deliveries.")
    """Refused requests of verified senders have an outcome of their own here, REFUSED_PROVED."""
    day = models.DateField(help_text="The day, in UTC.")
    kept = models.IntegerField(help_text="The number of stored deliveries.")
    kept_bytes = models.BigIntegerField(help_text="The size of the stored deliveries in bytes.")
    unkept = models.BigIntegerField(help_text="The number of deliveries that were counted but not stored.")
    fits = models.BooleanField(help_text="Whether the last deliveries were stored, not only counted.")

    class Meta:
        db_table = "delivery_tally"
        constraints = [
            models.UniqueConstraint(fields=["source_id", "outcome", "day"], name="delivery_tally_once"),
        ]


class EventLogEntry(models.Model):
    """The log entry of one accepted event. The transaction that accepts the event writes this entry."""

    id = models.BigAutoField(primary_key=True, help_text="The row's UUIDv7, which rises with time.")
    xid = models.BigIntegerField(help_text="The PostgreSQL transaction that wrote the row.")
    epoch = models.IntegerField(
        default=1, help_text="The number of times that the database was restored. A restore may repeat transaction ids."
    )
    event_id = models.UUIDField(help_text="The event.")
    occurred_at = models.DateTimeField(help_text="The time of the commit.")

    class Meta:
        db_table = "event_log"
