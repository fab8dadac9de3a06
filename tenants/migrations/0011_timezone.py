"""The time zone in which a tenant's days and months begin. The default is the database's: an earlier release inserts rows without it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0010_audit_tally")]

    operations = [
        migrations.AddField("tenant", "timezone", models.CharField(max_length=64, default="UTC")),
        migrations.RunSQL(
            "ALTER TABLE tenant ALTER COLUMN timezone SET DEFAULT 'UTC'",
            "ALTER TABLE tenant ALTER COLUMN timezone DROP DEFAULT",
        ),
    ]
