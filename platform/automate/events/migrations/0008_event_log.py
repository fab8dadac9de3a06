"""Events have a log in the order of their commits. The log holds the events that are accepted from this release on."""

from django.db import migrations, models

from automate.kernel.guards import append_only, feed_log


class Migration(migrations.Migration):
    dependencies = [("events", "0007_event_lists")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [feed_log("event_log", "event_id uuid NOT NULL")],
            [
                migrations.CreateModel(
                    name="EventLogEntry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("xid", models.BigIntegerField()),
                        ("epoch", models.IntegerField(default=1)),
                        ("event_id", models.UUIDField()),
                        ("occurred_at", models.DateTimeField()),
                    ],
                    options={"db_table": "event_log"},
                )
            ],
        ),
        append_only("event_log"),
    ]
