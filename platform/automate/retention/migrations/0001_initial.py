"""How long each class of a tenant's data is kept, and where the sweeper stands."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.guards import TENANT_OF_ROW, Policy, platform_rows_only
from automate.kernel.models import check
from automate.kernel.roles import OPERATOR_ROLE, STAFF_ROLE, TENANT_GROUP_ROLE

CLASSES = ("payloads", "outputs", "runs", "run_log", "decisions", "deliveries", "audit")
PROVEN = "(SELECT public.automate_operator_proven())"
STAFF = "(SELECT public.automate_staff_proven())"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0011_timezone"), ("staff", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="RetentionPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField()),
                ("data_class", models.CharField(max_length=16)),
                ("days", models.IntegerField(null=True)),
                ("hold_reason", models.CharField(max_length=255, default="", blank=True)),
                ("held_at", models.DateTimeField(null=True)),
                ("removed_before", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "retention_policy",
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "data_class"], name="retention_policy_once"),
                    check("retention_policy_class", models.Q(data_class__in=CLASSES)),
                    check("retention_policy_days", models.Q(days__isnull=True) | models.Q(days__gte=1)),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionSweep",
            fields=[
                ("tenant_id", models.UUIDField(primary_key=True, serialize=False)),
                ("places", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField()),
                ("swept_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "retention_sweep",
                "indexes": [models.Index(fields=["due_at"], name="retention_sweep_due")],
            },
        ),
        # Statements in SQL insert rows without these columns.
        migrations.RunSQL(
            "ALTER TABLE retention_policy ALTER COLUMN hold_reason SET DEFAULT '';"
            "ALTER TABLE retention_sweep ALTER COLUMN places SET DEFAULT '{}'",
            migrations.RunSQL.noop,
        ),
        platform_rows_only(
            "retention_policy",
            [
                Policy("retention_policy", OPERATOR_ROLE, "SELECT"),
                Policy("retention_policy", OPERATOR_ROLE, "INSERT", using="", check=PROVEN),
                Policy("retention_policy", OPERATOR_ROLE, "UPDATE", using=PROVEN, check=PROVEN),
                Policy("retention_policy", STAFF_ROLE, "SELECT", using=STAFF),
                Policy("retention_policy", TENANT_GROUP_ROLE, "ALL", using=TENANT_OF_ROW, check=TENANT_OF_ROW),
            ],
        ),
        platform_rows_only("retention_sweep", []),
    ]
