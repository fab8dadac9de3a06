"""Append-only: a decision is written once."""

from django.db import migrations

from automate.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("rules", "0001_initial")]

    operations = [
        append_only("decision"),
    ]
