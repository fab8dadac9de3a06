"""Which versions runs that are tests are of: one that was only tested goes when none of them is left."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0019_tests")]

    operations = [
        migrations.AddIndex(
            "executionrun",
            models.Index(fields=["workflow_version_id"], condition=models.Q(test=True), name="execution_run_tested"),
        ),
    ]
