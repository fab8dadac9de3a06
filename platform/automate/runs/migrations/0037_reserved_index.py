"""Finds the calls that reserve amounts of budgets. The index is built without a lock.

PostgreSQL has no statistics of the new column ``reserved``, and would assume that nearly all calls reserve an amount.
"""

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
        migrations.RunSQL("ANALYZE effect (reserved, intended_at)", migrations.RunSQL.noop),
    ]
