"""Lists of events by type and by source are read by their own indexes."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0006_trust_unsigned_headers")]

    operations = [
        AddIndexWithoutLock(
            model_name="event", index=models.Index(fields=["type", "source_id", "id"], name="event_by_type")
        ),
        AddIndexWithoutLock(model_name="event", index=models.Index(fields=["source_id", "id"], name="event_by_source")),
    ]
