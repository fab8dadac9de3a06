"""Append-only: an event is a record."""

from django.db import migrations

from automate.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        append_only("event"),
        append_only("event_payload"),
        append_only("delivery"),
    ]
