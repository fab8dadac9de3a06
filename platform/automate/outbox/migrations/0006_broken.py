"""Mark tenants with a circuit breaker that is not closed. The database has the default, so that no statement has to name the column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0005_fingerprint")]

    operations = [
        migrations.AddField(model_name="outboxlane", name="broken", field=models.BooleanField(default=False)),
        migrations.RunSQL(
            "ALTER TABLE outbox_lane ALTER COLUMN broken SET DEFAULT false",
            "ALTER TABLE outbox_lane ALTER COLUMN broken DROP DEFAULT",
        ),
    ]
