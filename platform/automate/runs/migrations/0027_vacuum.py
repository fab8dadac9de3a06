"""Vacuum follows the removals of retention."""

from django.db import migrations

from automate.kernel.guards import vacuumed_often


class Migration(migrations.Migration):
    dependencies = [("runs", "0026_finished")]

    operations = [vacuumed_often("execution_run", "step_run", "run_log", "effect")]
