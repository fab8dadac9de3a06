"""Runs know the source of their event, so that a list of runs is filtered by source; and runs are listed by start and by end.

The indexes are built while the application works.

A run that a process of the release before starts after this migration has no source.
"""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock

# Runs that have ended come first: nobody waits for their rows. Open runs are few, and locked for a moment.
BACKFILL = (
    "UPDATE execution_run r SET source_id = e.source_id FROM event e WHERE e.id = r.event_id AND r.source_id IS NULL"
)
ENDED = " AND r.finished_at IS NOT NULL"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("runs", "0025_run_filters")]

    operations = [
        migrations.AddField("executionrun", "source_id", models.UUIDField(null=True)),
        migrations.RunSQL(BACKFILL + ENDED, migrations.RunSQL.noop),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        AddIndexWithoutLock(
            "executionrun",
            models.Index(
                fields=["source_id", "id"], condition=models.Q(source_id__isnull=False), name="execution_run_source"
            ),
        ),
        AddIndexWithoutLock(
            "executionrun",
            models.Index(
                fields=["started_at", "id"], condition=models.Q(started_at__isnull=False), name="execution_run_started"
            ),
        ),
        AddIndexWithoutLock(
            "executionrun",
            models.Index(
                fields=["finished_at", "id"],
                condition=models.Q(finished_at__isnull=False),
                name="execution_run_finished",
            ),
        ),
    ]
