"""Usage: entries in the transactions that use, and closed hours that never change."""

from django.db import migrations, models

from automate.kernel.guards import Policy, append_only, own_rows_only, platform_rows_only
from automate.kernel.models import check
from automate.kernel.roles import OPERATOR_ROLE, TENANT_GROUP_ROLE

METRICS, KINDS = ("events", "runs", "steps", "calls"), ("normal", "retry", "test", "replay")
COLUMNS: "list[tuple[str, models.Field[object, object]]]" = [
    ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ("tenant_id", models.UUIDField()),
    ("hour", models.DateTimeField()),
    ("metric", models.CharField(max_length=16)),
    ("kind", models.CharField(max_length=8)),
    ("workflow", models.CharField(blank=True, max_length=64)),
    ("connector", models.CharField(blank=True, max_length=64)),
    ("amount", models.BigIntegerField()),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = [("outbox", "0008_epoch"), ("tenants", "0005_platform_roles")]

    operations = [
        migrations.CreateModel(
            name="UsageEntry",
            fields=[(name, field.clone()) for name, field in COLUMNS],
            options={
                "db_table": "usage_entry",
                "indexes": [models.Index(fields=["tenant_id", "hour"], name="usage_entry_of_tenant")],
                "constraints": [
                    check("usage_entry_metric", models.Q(metric__in=METRICS)),
                    check("usage_entry_kind", models.Q(kind__in=KINDS)),
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageHour",
            fields=[(name, field.clone()) for name, field in COLUMNS],
            options={
                "db_table": "usage_hour",
                "indexes": [models.Index(fields=["tenant_id", "hour", "id"], name="usage_hour_of_tenant")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["hour", "tenant_id", "metric", "kind", "workflow", "connector"], name="usage_hour_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClosedHour",
            fields=[
                ("singleton", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
            ],
            options={
                "db_table": "usage_closed",
                "constraints": [check("usage_closed_only_one", models.Q(singleton=1))],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO usage_closed (singleton, hour) VALUES (1, date_trunc('hour', now(), 'UTC') - interval '1 hour')",
            migrations.RunSQL.noop,
        ),
        own_rows_only("usage_entry"),
        own_rows_only("usage_hour"),
        append_only("usage_hour"),
        platform_rows_only(
            "usage_closed",
            [Policy("usage_closed", TENANT_GROUP_ROLE, "SELECT"), Policy("usage_closed", OPERATOR_ROLE, "SELECT")],
        ),
        *(
            migrations.RunSQL(policy.create(), policy.drop())
            for policy in (
                Policy("usage_hour", OPERATOR_ROLE, "SELECT"),
                Policy("usage_entry", OPERATOR_ROLE, "SELECT"),
            )
        ),
    ]
