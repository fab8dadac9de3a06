"""Event types have a JSON Schema and search keys. Events have what did not match, and an index of their search keys."""

from django.db import migrations, models

from automate.kernel.models import check


class Migration(migrations.Migration):
    dependencies = [("events", "0010_event_types")]

    operations = [
        migrations.AddField(
            "eventtype",
            "schema",
            models.JSONField(help_text="JSON Schema of the payload. Null: any payload.", null=True),
        ),
        migrations.AddField(
            "eventtype",
            "on_mismatch",
            models.CharField(
                default="flag", help_text="What happens to an event that does not match the schema.", max_length=16
            ),
        ),
        migrations.AddField(
            "eventtype",
            "search_keys",
            models.JSONField(default=list, help_text="`{name, expression}`: values by which events are found."),
        ),
        migrations.AddConstraint(
            "eventtype",
            check("event_type_on_mismatch_known", models.Q(on_mismatch__in=["flag", "reject"])),
        ),
        migrations.AddField("event", "schema_problems", models.JSONField(null=True)),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "CREATE TABLE event_search (event_id uuid NOT NULL, digest uuid NOT NULL,"
                    " CONSTRAINT event_search_once PRIMARY KEY (event_id, digest))",
                    "DROP TABLE event_search",
                )
            ],
            [
                migrations.CreateModel(
                    name="EventSearch",
                    fields=[
                        (
                            "event_id",
                            models.UUIDField(help_text="The event.", primary_key=True, serialize=False),
                        ),
                        (
                            "digest",
                            models.UUIDField(
                                help_text="Of the key's name and the value, see `event_types.search_keys`."
                            ),
                        ),
                    ],
                    options={"db_table": "event_search"},
                )
            ],
        ),
        migrations.AddIndex("eventsearch", models.Index(fields=["digest", "event_id"], name="event_search_found")),
    ]
