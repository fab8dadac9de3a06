"""Approvals have a log in the order of their commits. The log holds the changes from this release on."""

from django.db import migrations, models

from automate.kernel.guards import append_only, feed_log

COLUMNS = """approval_id uuid NOT NULL, run_id uuid NOT NULL, change varchar(16) NOT NULL, state varchar(16) NOT NULL,
    decision_id uuid"""


class Migration(migrations.Migration):
    dependencies = [("runs", "0022_slots_by_event")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [
                feed_log("approval_log", COLUMNS),
                migrations.RunSQL(
                    "CREATE INDEX approval_log_approval ON approval_log (approval_id, id)",
                    "DROP INDEX approval_log_approval",
                ),
            ],
            [
                migrations.CreateModel(
                    name="ApprovalLogEntry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("xid", models.BigIntegerField()),
                        ("epoch", models.IntegerField(default=1)),
                        ("approval_id", models.UUIDField()),
                        ("run_id", models.UUIDField()),
                        ("change", models.CharField(max_length=16)),
                        ("state", models.CharField(max_length=16)),
                        ("decision_id", models.UUIDField(null=True)),
                        ("occurred_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "approval_log",
                        "indexes": [models.Index(fields=["approval_id", "id"], name="approval_log_approval")],
                    },
                )
            ],
        ),
        append_only("approval_log"),
    ]
