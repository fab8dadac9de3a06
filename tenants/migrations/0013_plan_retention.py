"""Days of retention of plans. The default is the database's: an earlier release inserts rows without it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0013_prices")]

    operations = [
        migrations.AddField("plan", "retention", models.JSONField(default=dict)),
        migrations.RunSQL(
            "ALTER TABLE plan ALTER COLUMN retention SET DEFAULT '{}'",
            "ALTER TABLE plan ALTER COLUMN retention DROP DEFAULT",
        ),
    ]
