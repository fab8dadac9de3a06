"""What came in. Event, payload and key are rows of their own, so that each can be kept for its own time."""

from __future__ import annotations

from django.db import models

from automate.events.event_types.models import EventReindex, EventSearch, EventType  # noqa: F401 - Django looks for models here
from automate.kernel.models import Row, check

NEW, DUPLICATE, CONFLICT, REFUSED = "NEW", "DUPLICATE", "CONFLICT", "REFUSED"

API_SOURCE, MANUAL_SOURCE, RUNS_SOURCE = "api", "manual", "runs"
SCHEDULES_SOURCE, SIGNALS_SOURCE = "schedules", "signals"
BUILT_IN_SOURCES = (API_SOURCE, MANUAL_SOURCE, RUNS_SOURCE, SCHEDULES_SOURCE, SIGNALS_SOURCE)
API_SCHEME = "API"
"""The scheme of what comes in with an API token: such a source answers no webhook."""


class Source(Row):
    """Where events come from. scheme: how a sender proves itself. secrets: the current ones, newest first, each as
    ``{version, sealed, added_at}``, encrypted at rest by ``automate.vault.sealing``; last_secret_version: the number that was
    given out last. intake: how fast and how much it takes in, and where it reads an event's key, type and subject. secret_uses: version -> about when it last proved a sender. built_in: made by the platform, such as
    ``api``. deleted_at: since when only its events know it; its slug is free again."""

    slug = models.CharField(max_length=64)
    scheme = models.CharField(max_length=32)
    secrets = models.JSONField(default=list)
    last_secret_version = models.IntegerField(default=0)
    secret_uses = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    intake = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)
    built_in = models.BooleanField(default=False)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "source"
        constraints = [
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(deleted_at__isnull=True), name="source_slug_once"
            )
        ]


class Event(Row):
    """The immutable record of one signal. depth: how many runs lie between it and the outside world.
    headers: the request's, lower-case, credentials left out. payload_sha256: hex over the raw bytes.
    derived_from_id: the event whose payload somebody edited to make this one. secret_version: of its source's secrets, the
    one that proved the sender. redelivered_from_id: the kept delivery that somebody took in after all. schema_problems: why it did
    not match the schema of its type when it came, each ``{message, path}``; null where it did, or had none."""

    source_id = models.UUIDField()
    type = models.CharField(max_length=255)
    subject = models.CharField(max_length=255, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    headers = models.JSONField(default=dict)
    payload_bytes = models.IntegerField()
    payload_sha256 = models.CharField(max_length=64)
    derived_from_id = models.UUIDField(null=True)
    secret_version = models.IntegerField(null=True)
    redelivered_from_id = models.UUIDField(null=True)
    schema_problems = models.JSONField(null=True)
    trace_id = models.CharField(max_length=32)
    depth = models.IntegerField(default=0)
    actor_kind = models.CharField(max_length=16)
    actor_name = models.CharField(max_length=200)
    # The person behind the actor, where one is known: see Principal.
    actor_person = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

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
    """The body as it was sent. Removed alone when a person's data is erased."""

    event_id = models.UUIDField(primary_key=True)
    body = models.BinaryField()

    class Meta:
        db_table = "event_payload"


class EventKey(models.Model):
    """An idempotency key and the event that won it."""

    id = models.BigAutoField(primary_key=True)
    source_id = models.UUIDField()
    key = models.CharField(max_length=255)
    payload_sha256 = models.CharField(max_length=64)
    event_id = models.UUIDField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "event_key"
        constraints = [models.UniqueConstraint(fields=["source_id", "key"], name="event_key_once")]
        indexes = [models.Index(fields=["expires_at"], name="event_key_expiry")]


class Delivery(Row):
    """A delivery that made no event: a duplicate, a conflict, or one that was refused. event_id: the first one's, of a repeat.

    reason: the NormalizedError that its sender got. headers: as of an event. sealed_headers: all of them, signatures too,
    sealed, so that it can be proved again; body: as it was sent. Both only where it may be redelivered. expires_at: it may be
    forgotten then, and not before.
    """

    source_id = models.UUIDField()
    idempotency_key = models.CharField(max_length=255)
    event_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=16)
    type = models.CharField(max_length=255, blank=True)
    reason = models.JSONField(null=True)
    secret_version = models.IntegerField(null=True)
    headers = models.JSONField(default=dict)
    sealed_headers = models.TextField(blank=True)
    body = models.BinaryField(null=True)
    payload_bytes = models.IntegerField(default=0)
    payload_sha256 = models.CharField(max_length=64)
    trace_id = models.CharField(max_length=32)
    received_at = models.DateTimeField()
    expires_at = models.DateTimeField()

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
    """How many deliveries of one outcome came to a source on a day (UTC), so that a flood of them fills no table.

    outcome: of refusals whose sender was proved, REFUSED_PROVED. kept, kept_bytes: in ``delivery``. unkept: those of which only
    this number is left. fits: whether the last ones were kept.
    """

    id = models.BigAutoField(primary_key=True)
    source_id = models.UUIDField()
    outcome = models.CharField(max_length=16)
    day = models.DateField()
    kept = models.IntegerField()
    kept_bytes = models.BigIntegerField()
    unkept = models.BigIntegerField()
    fits = models.BooleanField()

    class Meta:
        db_table = "delivery_tally"
        constraints = [
            models.UniqueConstraint(fields=["source_id", "outcome", "day"], name="delivery_tally_once"),
        ]


class EventLogEntry(models.Model):
    """The commit of one event, in the transaction that accepted the event. Readers order by (epoch, xid, id).

    The primary key of the table is (epoch, xid, id). Only feeds and followed lists need the rows: the scheduler prunes them.
    """

    id = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField()
    epoch = models.IntegerField(default=1)
    event_id = models.UUIDField()
    occurred_at = models.DateTimeField()

    class Meta:
        db_table = "event_log"
