"""The persons behind runs, decisions and bulk operations, and the members whom an approval names by address.

The database has the defaults, so that workers of the previous release can still write.
"""

from django.db import migrations, models

MEMBERS = "ALTER TABLE approval ADD COLUMN members jsonb NOT NULL DEFAULT '[]'"


class Migration(migrations.Migration):
    dependencies = [("runs", "0023_approval_log")]

    operations = [
        migrations.AddField("executionrun", "started_person", models.UUIDField(null=True)),
        migrations.AddField("approvaldecision", "person", models.UUIDField(null=True)),
        migrations.AddField("bulkoperation", "principal_person", models.UUIDField(null=True)),
        migrations.RunSQL(
            MEMBERS,
            "ALTER TABLE approval DROP COLUMN members",
            state_operations=[migrations.AddField("approval", "members", models.JSONField(default=list))],
        ),
    ]
