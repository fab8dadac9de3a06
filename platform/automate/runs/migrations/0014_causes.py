"""The caller that started a run manually, who may not decide its approvals.

The database has the defaults, so that workers of the previous release can still write.
"""

from django.db import migrations, models

COLUMNS = (
    (
        "execution_run",
        "executionrun",
        "started_by",
        "varchar(200) NOT NULL DEFAULT ''",
        models.CharField(blank=True, max_length=200),
    ),
    ("approval", "approval", "caused_by", "jsonb NOT NULL DEFAULT '[]'", models.JSONField(default=list)),
)


class Migration(migrations.Migration):
    dependencies = [("runs", "0013_breakers")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD COLUMN {name} {kind}",
            f"ALTER TABLE {table} DROP COLUMN {name}",
            state_operations=[migrations.AddField(model, name, field)],
        )
        for table, model, name, kind, field in COLUMNS
    ]
