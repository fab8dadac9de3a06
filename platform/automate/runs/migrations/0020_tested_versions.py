"""Index the versions of test runs: a version that was only tested is removed with its last test run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0019_tests")]

    operations = [
        migrations.AddIndex(
            "executionrun",
            models.Index(fields=["workflow_version_id"], condition=models.Q(test=True), name="execution_run_tested"),
        ),
    ]
