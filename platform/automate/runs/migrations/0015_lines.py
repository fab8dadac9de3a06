"""The first run identifies a line of retries, whatever keys its runs use.

``line_id`` is NULL for a first run, and for a retry that the previous release queues: it belongs to its origin's line.
"""

from django.db import migrations, models
from django.db.models.functions import Coalesce

# From the retries of first runs (existing or removed) down to the last retry.
BACKFILL = """UPDATE execution_run r SET line_id = line.line_id
FROM (
    WITH RECURSIVE line AS (
        SELECT r.id, r.retry_of_id AS line_id
        FROM execution_run r LEFT JOIN execution_run former ON former.id = r.retry_of_id
        WHERE r.retry_of_id IS NOT NULL AND former.retry_of_id IS NULL
        UNION ALL
        SELECT r.id, line.line_id FROM line JOIN execution_run r ON r.retry_of_id = line.id
    )
    SELECT id, line_id FROM line
) line WHERE r.id = line.id
"""


class Migration(migrations.Migration):
    dependencies = [("runs", "0014_causes")]

    operations = [
        migrations.AddField("executionrun", "line_id", models.UUIDField(null=True)),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.RemoveIndex("executionrun", "execution_run_line"),
        migrations.AddIndex(
            "executionrun",
            models.Index(
                Coalesce("line_id", "origin_id"),
                condition=models.Q(("retry_of_id__isnull", False)),
                name="execution_run_line",
            ),
        ),
    ]
