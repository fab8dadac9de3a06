"""Finds the calls that reserve amounts of budgets. The index is built without a lock."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("runs", "0036_reserved")]

    operations = [
        AddIndexWithoutLock(
            "effect",
            models.Index(fields=["intended_at"], condition=models.Q(reserved__isnull=False), name="effect_reserved"),
        ),
    ]
