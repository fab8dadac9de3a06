"""Order the runs of a key by their events.

The database has the default, so that workers of the previous release can still write.
"""

import uuid

from django.db import migrations, models

NO_EVENT = uuid.UUID(int=0)


class Migration(migrations.Migration):
    dependencies = [("runs", "0021_faults")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE run_slot ADD COLUMN event_id uuid NOT NULL DEFAULT '{NO_EVENT}'",
            "ALTER TABLE run_slot DROP COLUMN event_id",
            state_operations=[migrations.AddField("runslot", "event_id", models.UUIDField(default=NO_EVENT))],
        ),
        migrations.AddIndex(
            "runslot", models.Index(fields=["digest", "place", "event_id", "run_id"], name="run_slot_order")
        ),
        migrations.RemoveIndex("runslot", "run_slot_key"),
    ]
