"""Who brought a run about by hand, and who may therefore not decide its approvals.

The defaults are the database's, so that workers of the release before go on writing.
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
