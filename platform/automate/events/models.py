"""What came in. Event, payload and key are rows of their own, so that each can be kept for its own time."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row

NEW, DUPLICATE, CONFLICT = "NEW", "DUPLICATE", "CONFLICT"

API_SOURCE, MANUAL_SOURCE, RUNS_SOURCE = "api", "manual", "runs"
BUILT_IN_SOURCES = (API_SOURCE, MANUAL_SOURCE, RUNS_SOURCE)
API_SCHEME = "API"
"""The scheme of what comes in with an API token: such a source answers no webhook."""


class Source(Row):
    """Where events come from. scheme: how a sender proves itself. secrets: the current ones, newest first, encrypted
    at rest by ``automate.vault.sealing``; built_in: made by the platform, such as ``api``."""

    slug = models.CharField(max_length=64, unique=True)
    scheme = models.CharField(max_length=32)
    secrets = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)
    built_in = models.BooleanField(default=False)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "source"


class Event(Row):
    """The immutable record of one signal. depth: how many runs lie between it and the outside world.
    headers: the request's, lower-case, credentials left out. payload_sha256: hex over the raw bytes.
    derived_from_id: the event whose payload somebody edited to make this one."""

    source_id = models.UUIDField()
    type = models.CharField(max_length=255)
    subject = models.CharField(max_length=255, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    headers = models.JSONField(default=dict)
    payload_bytes = models.IntegerField()
    payload_sha256 = models.CharField(max_length=64)
    derived_from_id = models.UUIDField(null=True)
    trace_id = models.CharField(max_length=32)
    depth = models.IntegerField(default=0)
    actor_kind = models.CharField(max_length=16)
    actor_name = models.CharField(max_length=200)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "event"


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
    """A delivery that made no event: a duplicate, or a conflict that was refused. event_id: the first one's."""

    source_id = models.UUIDField()
    idempotency_key = models.CharField(max_length=255)
    event_id = models.UUIDField()
    outcome = models.CharField(max_length=16)
    payload_sha256 = models.CharField(max_length=64)
    trace_id = models.CharField(max_length=32)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "delivery"
