"""A budget's row has one number: what is used and reserved. The ledgers say which part is reserved.

Processes of the former release still write the columns ``reserved`` and ``reserved_in``, so the columns stay in the database
until a later release removes them. Such a process may settle what a process of this release reserved. Then its column falls
below zero, which the constraint would refuse. The reverse of this migration does not add the constraint, for the same reason.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("budgets", "0010_entry_kinds")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("budget", "budget_settled_once"),
                migrations.RemoveField("budget", "reserved"),
                migrations.RemoveField("budget", "reserved_in"),
            ],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE budget DROP CONSTRAINT IF EXISTS budget_settled_once", migrations.RunSQL.noop
                )
            ],
        )
    ]
