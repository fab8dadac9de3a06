"""Tenants that are deleted after some days, unless that is cancelled."""

from django.db import migrations, models

from automate.kernel.guards import TENANT_OF_ROW, Policy, platform_rows_only, vacuumed_often
from automate.kernel.roles import (
    AUTHENTICATION_ROLE,
    DIRECTORY_ROLE,
    METRICS_ROLE,
    OPERATOR_ROLE,
    STAFF_ROLE,
    TENANT_GROUP_ROLE,
)

PROVEN = "(SELECT public.automate_operator_proven())"
STAFF = "(SELECT public.automate_staff_proven())"


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_initial"), ("budgets", "0005_set_by_tenants")]

    operations = [
        migrations.CreateModel(
            name="TenantDeletion",
            fields=[
                ("tenant_id", models.UUIDField(primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=255)),
                ("requested_by", models.JSONField()),
                ("requested_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("was_held", models.BooleanField(default=False)),
            ],
            options={"db_table": "tenant_deletion"},
        ),
        platform_rows_only(
            "tenant_deletion",
            [
                *(
                    Policy("tenant_deletion", role, "SELECT")
                    for role in (AUTHENTICATION_ROLE, DIRECTORY_ROLE, METRICS_ROLE, OPERATOR_ROLE)
                ),
                Policy("tenant_deletion", OPERATOR_ROLE, "INSERT", using="", check=PROVEN),
                Policy("tenant_deletion", OPERATOR_ROLE, "DELETE", using=PROVEN),
                Policy("tenant_deletion", STAFF_ROLE, "SELECT", using=STAFF),
                Policy("tenant_deletion", TENANT_GROUP_ROLE, "ALL", using=TENANT_OF_ROW, check=TENANT_OF_ROW),
            ],
        ),
        vacuumed_often("budget_entry"),
    ]
