"""Counts of runs by hour and workflow, kept once an hour is over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0030_run_source_indexes")]

    operations = [
        migrations.CreateModel(
            name="RunHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("workflow_id", models.UUIDField()),
                ("created", models.BigIntegerField(default=0)),
                ("started", models.BigIntegerField(default=0)),
                ("succeeded", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("cancelled", models.BigIntegerField(default=0)),
                ("timed_out", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "run_hour",
                "constraints": [models.UniqueConstraint(fields=("hour", "workflow_id"), name="run_hour_once")],
            },
        ),
    ]
