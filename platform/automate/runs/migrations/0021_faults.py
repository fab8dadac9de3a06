"""How many tries at an effect were answered with a fault, which does not say that nothing was done.

The default is the database's, so that workers of the release before go on writing.
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
