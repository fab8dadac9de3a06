"""Append-only: a decision is written once."""

from automate.kernel.guards import append_only
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rules", "0001_initial")]

    operations = [
        append_only("decision"),
    ]
