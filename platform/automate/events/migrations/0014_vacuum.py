"""Vacuum follows the removals of retention."""

from django.db import migrations

from automate.kernel.guards import vacuumed_often


class Migration(migrations.Migration):
    dependencies = [("events", "0013_event_filters")]

    operations = [vacuumed_often("event", "event_payload", "event_search", "delivery")]
