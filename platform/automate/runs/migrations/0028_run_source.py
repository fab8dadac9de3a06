"""Runs know the source of their event, so that a list of runs is filtered by source.

A run that a process of the release before starts after this migration has no source.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0027_vacuum")]

    operations = [migrations.AddField("executionrun", "source_id", models.UUIDField(null=True))]
