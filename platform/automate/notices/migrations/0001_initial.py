"""Notices to a tenant's people, and what the tenant has said about them."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.models import check


class Migration(migrations.Migration):
    initial = True
    dependencies = [("outbox", "0008_epoch")]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("cause", models.CharField(max_length=200)),
                ("about", models.JSONField()),
                ("state", models.CharField(default="planned", max_length=16)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "notice",
                "constraints": [
                    check(
                        "notice_kind",
                        models.Q(kind__in=("failure", "digest", "approval", "budget", "host", "failing")),
                    ),
                    check("notice_state", models.Q(state__in=("planned", "told", "dropped", "muted"))),
                ],
                "indexes": [
                    models.Index(fields=["kind", "cause", "created_at"], name="notice_by_cause"),
                    models.Index(fields=["created_at"], name="notice_by_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticePolicy",
            fields=[
                ("singleton", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("settings", models.JSONField()),
                ("revision", models.IntegerField(default=1)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "notice_policy",
                "constraints": [check("notice_policy_only_one", models.Q(singleton=1))],
            },
        ),
    ]
