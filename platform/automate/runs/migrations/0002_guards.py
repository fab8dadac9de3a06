"""Append-only: feeds are read from it."""

from django.db import migrations

from automate.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial")]

    operations = [
        append_only("run_log"),
    ]
