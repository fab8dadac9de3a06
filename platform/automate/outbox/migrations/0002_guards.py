"""Row-level security, and pages kept roomy for heap-only updates."""

from django.db import migrations

from automate.kernel.guards import hot_queue, own_rows_only


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial"), ("tenants", "0002_guards")]

    operations = [
        hot_queue("outbox_job"),
        own_rows_only("outbox_job"),
        own_rows_only("outbox_lane"),
    ]
