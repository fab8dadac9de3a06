"""What the platform does to tenants is recorded, and what provisioning is short of."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_guards")]

    operations = [
        migrations.CreateModel(
            name="SpareDemand",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("wanted", models.IntegerField()),
                ("asked_at", models.DateTimeField()),
            ],
            options={"db_table": "spare_demand"},
        ),
        migrations.CreateModel(
            name="PlatformAuditEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor_id", models.CharField(blank=True, max_length=64)),
                ("actor_name", models.CharField(max_length=200)),
                ("action", models.CharField(max_length=64)),
                ("object_kind", models.CharField(max_length=64)),
                ("object_id", models.CharField(max_length=64)),
                ("object_label", models.CharField(blank=True, max_length=255)),
                ("changes", models.JSONField(default=dict)),
                ("trace_id", models.CharField(max_length=32)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={"db_table": "platform_audit_entry"},
        ),
        append_only("platform_audit_entry"),
    ]
