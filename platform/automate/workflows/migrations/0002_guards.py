"""Append-only: runs are pinned to versions."""

from django.db import migrations

from automate.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]

    operations = [
        append_only("workflow_version"),
    ]
