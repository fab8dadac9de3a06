"""Mark runs that test their workflow.

The database has the default, so that workers of the previous release can still write.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0018_doubts")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE execution_run ADD COLUMN test boolean NOT NULL DEFAULT false",
            "ALTER TABLE execution_run DROP COLUMN test",
            state_operations=[migrations.AddField("executionrun", "test", models.BooleanField(default=False))],
        )
    ]
