"""The tenant's declarations about the events of one type."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check, text_beside

FLAG, REJECT = "flag", "reject"
"""The actions for events that do not match the schema of their type. Only a sender that waits for an answer is refused."""


class EventType(Row):
    """The declaration of one type of events. Events of undeclared types are accepted as well."""

    slug = models.CharField(max_length=255, help_text="The type of the events, such as `order.created`.")
    schema = models.JSONField(null=True, help_text="The JSON Schema of the payload. Null allows any payload.")
    written = text_beside("schema")
    on_mismatch = models.CharField(
        max_length=16, default=FLAG, help_text="The treatment of events that do not match the schema of their type."
    )
    search_keys = models.JSONField(default=list, help_text="Values by which events are found, at most 10.")
    sensitive_paths = models.JSONField(
        default=list,
        help_text="Paths of sensitive values, such as `payload.customer.email`. People and logs never see these values.",
    )
    mark = models.BigIntegerField(
        help_text="The number of the last change. The tenant's event types are numbered together."
    )
    revision = models.IntegerField(default=1, help_text="A number that rises by one with each save.")
    created_at = models.DateTimeField(help_text="The time of the first save.")
    updated_at = models.DateTimeField(help_text="The time of the last save.")
    deleted_at = models.DateTimeField(
        null=True, help_text="The time at which the event type was deleted. Deleted rows keep their `mark`."
    )

    shown_schema: str | None
    """Set by ``queries.EVENT_TYPES``."""
    shown_index: str | None
    """Set by ``queries.EVENT_TYPES``."""

    class Meta:
        db_table = "event_type"
        constraints = [
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(deleted_at__isnull=True), name="event_type_slug_once"
            ),
            check("event_type_on_mismatch_known", models.Q(on_mismatch__in=[FLAG, REJECT])),
        ]
        indexes = [models.Index(fields=["mark"], name="event_type_mark")]


class EventSearch(models.Model):
    """One value of a search key in one event. Ingestion writes this row in the transaction that stores the event."""

    event_id = models.UUIDField(primary_key=True, help_text="The event.")
    digest = models.UUIDField(help_text="The digest of the key's name and the value: see `event_types.search_keys`.")

    class Meta:
        db_table = "event_search"
        indexes = [models.Index(fields=["digest", "event_id"], name="event_search_found")]


class EventReindex(models.Model):
    """The progress of indexing the stored events of a type. The index uses the current search keys of the type."""

    event_type_id = models.UUIDField(primary_key=True, help_text="The event type.")
    job_id = models.UUIDField(
        help_text="The OutboxJob that indexes the events. A later change of the keys makes another job."
    )
    settled_xid = models.BigIntegerField(
        null=True,
        help_text="Transactions up to this id may have used the former keys. Indexing begins after they have ended.",
    )
    source_id = models.UUIDField(null=True, help_text="The source of the last event that was indexed.")
    event_id = models.UUIDField(null=True, help_text="The last event that was indexed.")
    done = models.BigIntegerField(default=0, help_text="The number of indexed events.")
    total = models.BigIntegerField(
        null=True, help_text="The number of events to index: exact up to 1,000,000. Null until they are counted."
    )
    started_at = models.DateTimeField(help_text="The time of the last change of the search keys.")
    finished_at = models.DateTimeField(
        null=True, help_text="The time from which on all events are indexed. Null while searches may miss some events."
    )

    class Meta:
        db_table = "event_reindex"
