"""A tenant's own people may let its work wait. The default is the database's, so that no statement has to name it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0003_signals")]

    operations = [
        migrations.AddField(model_name="outboxlane", name="held", field=models.BooleanField(default=False)),
        migrations.RunSQL(
            "ALTER TABLE outbox_lane ALTER COLUMN held SET DEFAULT false",
            "ALTER TABLE outbox_lane ALTER COLUMN held DROP DEFAULT",
        ),
    ]
