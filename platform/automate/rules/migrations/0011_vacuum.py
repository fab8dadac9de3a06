"""Vacuum follows the removals of retention."""

from django.db import migrations

from automate.kernel.guards import vacuumed_often


class Migration(migrations.Migration):
    dependencies = [("rules", "0010_windows_that_follow")]

    operations = [vacuumed_often("decision", "rule_match")]
