"""Counts of acts that a flood can cause, until they are entries of the audit record."""

import uuid

from django.db import migrations, models
from django.db.models.functions import Coalesce

from automate.kernel.guards import TENANT_OF_ROW, Policy, platform_rows_only
from automate.kernel.roles import AUTHENTICATION_ROLE, DIRECTORY_ROLE, TENANT_GROUP_ROLE


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_members_are_people")]

    operations = [
        migrations.CreateModel(
            name="AuditTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant_id", models.UUIDField(null=True)),
                ("minute", models.DateTimeField()),
                ("action", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=64)),
                ("who", models.CharField(max_length=64)),
                ("actor", models.JSONField()),
                ("object", models.JSONField()),
                ("addresses", models.JSONField()),
                ("times", models.BigIntegerField()),
            ],
            options={
                "db_table": "audit_tally",
                "constraints": [
                    models.UniqueConstraint(
                        "minute",
                        Coalesce("tenant_id", models.Value(uuid.UUID(int=0), models.UUIDField())),
                        "action",
                        "reason",
                        "who",
                        name="audit_tally_once",
                    )
                ],
            },
        ),
        platform_rows_only(
            "audit_tally",
            [
                Policy("audit_tally", AUTHENTICATION_ROLE, "ALL", check="true"),
                Policy("audit_tally", DIRECTORY_ROLE, "SELECT"),
                Policy("audit_tally", TENANT_GROUP_ROLE, "ALL", using=TENANT_OF_ROW, check=TENANT_OF_ROW),
            ],
        ),
    ]
