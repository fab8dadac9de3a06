"""Usage has the metric ``cost``."""

from django.db import migrations, models

from automate.kernel.models import check

METRICS = ("events", "runs", "steps", "calls", "cost")


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("usageentry", "usage_entry_metric"),
        migrations.AddConstraint("usageentry", check("usage_entry_counted", models.Q(metric__in=METRICS))),
    ]
