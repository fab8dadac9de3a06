"""Events are listed by the rule that matched them. The index is built while the application works."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("rules", "0011_vacuum")]

    operations = [
        AddIndexWithoutLock(
            "decision",
            models.Index(
                fields=["rule_id", "event_id"], condition=models.Q(verdict="matched"), name="decision_of_rule"
            ),
        ),
    ]
