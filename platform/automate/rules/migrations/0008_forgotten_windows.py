"""Ended windows are deleted in time, whether or not they started a run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rules", "0007_forgotten_matches")]

    operations = [
        migrations.RemoveIndex("rulewindow", "rule_window_forgotten"),
        migrations.AddIndex(
            "rulewindow",
            models.Index(fields=["closed_at"], condition=models.Q(open=False), name="rule_window_ended"),
        ),
    ]
