"""Mails to people."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.models import check


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("subject_id", models.UUIDField()),
                ("serial", models.IntegerField(default=0)),
                ("recipient", models.CharField(max_length=254)),
                ("state", models.CharField(default="queued", max_length=16)),
                ("tries", models.IntegerField(default=0)),
                ("error", models.JSONField(null=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "mail",
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "subject_id", "serial", "recipient"), name="mail_once"),
                    check(
                        condition=models.Q(("state__in", ("queued", "sent", "dropped", "refused"))), name="mail_state"
                    ),
                ],
                "indexes": [models.Index(fields=["created_at"], name="mail_by_time")],
            },
        ),
    ]
