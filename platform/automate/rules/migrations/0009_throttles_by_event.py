"""Runs that wait for a throttle are ordered by their events.

The database has the default, so that workers of the previous release can still write.
"""

import uuid

from django.db import migrations, models

NO_EVENT = uuid.UUID(int=0)


class Migration(migrations.Migration):
    dependencies = [("rules", "0008_forgotten_windows")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE throttled_run ADD COLUMN event_id uuid NOT NULL DEFAULT '{NO_EVENT}'",
            "ALTER TABLE throttled_run DROP COLUMN event_id",
            state_operations=[migrations.AddField("throttledrun", "event_id", models.UUIDField(default=NO_EVENT))],
        ),
        migrations.AddIndex(
            "throttledrun",
            models.Index(fields=["window_id", "place", "event_id", "run_id"], name="throttled_run_order"),
        ),
        migrations.RemoveIndex("throttledrun", "throttled_run_queue"),
    ]
