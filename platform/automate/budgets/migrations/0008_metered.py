"""Budgets of steps, calls and cost, for the tenant, a workflow or a connector."""

from django.db import migrations, models

from automate.kernel.models import check

METRICS = ("events", "runs", "steps", "concurrent_runs", "calls", "cost")


class Migration(migrations.Migration):
    dependencies = [("budgets", "0007_window_ends")]

    operations = [
        migrations.AlterField("budget", "scope", models.CharField(max_length=128, default="", blank=True)),
        migrations.RunSQL("ALTER TABLE budget ALTER COLUMN scope SET DEFAULT ''", migrations.RunSQL.noop),
        migrations.RemoveConstraint("budget", "budget_metric_known"),
        migrations.AddConstraint("budget", check("budget_metric_counted", models.Q(metric__in=METRICS))),
    ]
