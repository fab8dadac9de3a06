"""Row-level security, and pages kept roomy for heap-only updates."""

from automate.kernel.guards import hot_queue, own_rows_only
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial"), ("tenants", "0002_guards")]

    operations = [
        hot_queue("outbox_job"),
        own_rows_only("outbox_job"),
        own_rows_only("outbox_lane"),
    ]
