"""Runs in the order in which they ended, for retention. Built beside the writes of running workers."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("runs", "0025_run_filters")]

    operations = [
        AddIndexWithoutLock(
            "executionrun",
            models.Index(
                fields=["finished_at", "id"],
                condition=models.Q(finished_at__isnull=False),
                name="execution_run_finished",
            ),
        ),
    ]
