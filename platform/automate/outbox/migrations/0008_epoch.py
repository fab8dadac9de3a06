"""The epoch of the database, and jobs that were open when the database was restored.

The default of `restored` is the database's: processes of the former release insert jobs without it.
"""

import django.db.models
from django.db import migrations, models

from automate.kernel.guards import Policy, platform_rows_only
from automate.kernel.models import check
from automate.kernel.roles import QUEUE_ROLE, TENANT_GROUP_ROLE

POLICIES = [
    Policy("database_epoch", TENANT_GROUP_ROLE, "SELECT"),
    Policy("database_epoch", QUEUE_ROLE, "SELECT"),
    Policy("database_epoch", QUEUE_ROLE, "UPDATE", check="true"),
]


class Migration(migrations.Migration):
    dependencies = [("outbox", "0007_parked_by_cause")]

    operations = [
        migrations.CreateModel(
            name="DatabaseEpoch",
            fields=[
                ("singleton", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("epoch", models.IntegerField(default=1)),
                ("system_identifier", models.CharField(blank=True, default="", max_length=32)),
                ("timeline", models.BigIntegerField(null=True)),
                ("database_oid", models.BigIntegerField(null=True)),
                ("table_oid", models.BigIntegerField(null=True)),
                ("raised_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=255)),
            ],
            options={"db_table": "database_epoch"},
        ),
        migrations.AddConstraint("databaseepoch", check("database_epoch_only_one", django.db.models.Q(singleton=1))),
        platform_rows_only("database_epoch", POLICIES),
        migrations.RunSQL(
            "INSERT INTO database_epoch (singleton, epoch, system_identifier, reason) VALUES (1, 1, '', '')",
            migrations.RunSQL.noop,
        ),
        migrations.AddField("outboxjob", "restored", models.BooleanField(default=False)),
        migrations.RunSQL(
            "ALTER TABLE outbox_job ALTER COLUMN restored SET DEFAULT false",
            "ALTER TABLE outbox_job ALTER COLUMN restored DROP DEFAULT",
        ),
    ]
