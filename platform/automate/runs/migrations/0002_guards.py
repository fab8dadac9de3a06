"""Append-only: feeds are read from it."""

from automate.kernel.guards import append_only
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial")]

    operations = [
        append_only("run_log"),
    ]
