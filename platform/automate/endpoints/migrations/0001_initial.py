"""Endpoints of webhooks, and the deliveries to them."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.guards import append_only
from automate.kernel.models import check


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("endpoint_id", models.UUIDField()),
                ("key", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "webhook_delivery",
                "indexes": [models.Index(fields=["endpoint_id", "id"], name="webhook_delivery_endpoint")],
                "constraints": [models.UniqueConstraint(fields=("key",), name="webhook_delivery_once")],
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=64, unique=True)),
                ("url", models.CharField(max_length=2048)),
                ("secrets", models.JSONField(default=list)),
                ("disabled_at", models.DateTimeField(null=True)),
                ("disabled_reason", models.CharField(blank=True, max_length=255)),
                ("revision", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "webhook_endpoint",
                "constraints": [
                    check(
                        "webhook_endpoint_says_why",
                        models.Q(disabled_at__isnull=True, disabled_reason="")
                        | (models.Q(disabled_at__isnull=False) & ~models.Q(disabled_reason="")),
                    )
                ],
            },
        ),
        append_only("webhook_delivery"),
    ]
