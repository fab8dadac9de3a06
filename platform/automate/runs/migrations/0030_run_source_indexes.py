"""Runs are found by source, and listed by start. The indexes are built while the application works."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("runs", "0029_run_source_filled")]

    operations = [
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
    ]
