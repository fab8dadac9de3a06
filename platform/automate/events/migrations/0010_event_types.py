"""Tenants declare types of events, first of all their sensitive values."""

from django.db import migrations, models

from automate.kernel.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("events", "0009_actor_person")]

    operations = [
        migrations.CreateModel(
            name="EventType",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "slug",
                    models.CharField(help_text="The type of the events, such as `order.created`.", max_length=255),
                ),
                (
                    "sensitive_paths",
                    models.JSONField(default=list, help_text="Paths whose values people and logs never see."),
                ),
                (
                    "mark",
                    models.BigIntegerField(
                        help_text="The number of the last change among all event types of the tenant."
                    ),
                ),
                ("revision", models.IntegerField(default=1, help_text="Rises by one with each save.")),
                ("created_at", models.DateTimeField(help_text="The time of the first save.")),
                ("updated_at", models.DateTimeField(help_text="The time of the last save.")),
                (
                    "deleted_at",
                    models.DateTimeField(
                        help_text="The time of the deletion. Deleted rows keep their mark.", null=True
                    ),
                ),
            ],
            options={"db_table": "event_type"},
        ),
        migrations.AddConstraint(
            model_name="eventtype",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_at__isnull", True)), fields=("slug",), name="event_type_slug_once"
            ),
        ),
        migrations.AddIndex(model_name="eventtype", index=models.Index(fields=["mark"], name="event_type_mark")),
    ]
