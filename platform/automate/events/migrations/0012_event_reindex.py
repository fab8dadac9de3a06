"""Stored events are indexed again when the search keys of their type change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0011_event_schemas")]

    operations = [
        migrations.CreateModel(
            name="EventReindex",
            fields=[
                (
                    "event_type_id",
                    models.UUIDField(help_text="The event type.", primary_key=True, serialize=False),
                ),
                (
                    "job_id",
                    models.UUIDField(
                        help_text="The OutboxJob that does the work. A later change of the keys has another one."
                    ),
                ),
                (
                    "settled_xid",
                    models.BigIntegerField(
                        help_text="Transactions up to this one may have used the former keys. The work begins after their end.",
                        null=True,
                    ),
                ),
                ("source_id", models.UUIDField(help_text="Source of the last event that was indexed.", null=True)),
                ("event_id", models.UUIDField(help_text="The last event that was indexed.", null=True)),
                ("done", models.BigIntegerField(default=0, help_text="Events that are indexed.")),
                ("total", models.BigIntegerField(help_text="Events to index, exact up to 1,000,000.", null=True)),
                ("started_at", models.DateTimeField(help_text="The time of the change.")),
                (
                    "finished_at",
                    models.DateTimeField(help_text="The time since which all events are indexed.", null=True),
                ),
            ],
            options={"db_table": "event_reindex"},
        ),
    ]
