"""Runs that try out their workflow bear a mark.

The default is the database's, so that workers of the release before go on writing.
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
