"""Count the tries of an effect that were answered with a fault, which does not prove that nothing was done.

The database has the default, so that workers of the previous release can still write.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0020_tested_versions")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE effect ADD COLUMN faults integer NOT NULL DEFAULT 0",
            "ALTER TABLE effect DROP COLUMN faults",
            state_operations=[migrations.AddField("effect", "faults", models.IntegerField(default=0))],
        )
    ]
