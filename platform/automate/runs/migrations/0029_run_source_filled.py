"""The sources of runs that are there already. A migration of its own: the one before locks the table for as long as it lasts."""

from django.db import migrations

# Runs that have ended come first: nobody waits for their rows. Open runs are few, and locked for a moment.
BACKFILL = (
    "UPDATE execution_run r SET source_id = e.source_id FROM event e WHERE e.id = r.event_id AND r.source_id IS NULL"
)
ENDED = " AND r.finished_at IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("runs", "0028_run_source")]

    operations = [
        migrations.RunSQL(BACKFILL + ENDED, migrations.RunSQL.noop),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
