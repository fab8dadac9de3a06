"""Filters of events have indexes, which are built while the application works."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0012_event_reindex")]

    operations = [
        AddIndexWithoutLock("event", models.Index(fields=["trace_id", "id"], name="event_by_trace")),
        AddIndexWithoutLock(
            "event",
            models.Index(
                fields=["idempotency_key", "id"],
                condition=~models.Q(idempotency_key=""),
                name="event_by_idempotency_key",
            ),
        ),
        AddIndexWithoutLock(
            "event", models.Index(fields=["subject", "id"], condition=~models.Q(subject=""), name="event_by_subject")
        ),
        AddIndexWithoutLock(
            "event",
            models.Index(
                fields=["id"], condition=models.Q(schema_problems__isnull=False), name="event_with_schema_problems"
            ),
        ),
    ]
