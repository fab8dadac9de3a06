"""Append-only: runs are pinned to versions."""

from automate.kernel.guards import append_only
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]

    operations = [
        append_only("workflow_version"),
    ]
