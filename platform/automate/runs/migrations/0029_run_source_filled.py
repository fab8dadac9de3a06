"""Fill in the sources of existing runs. A separate migration, because the one before locks the table while it runs."""

from django.db import migrations

# Ended runs come first, because no process waits for their rows. Open runs are few, and locked only briefly.
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
