"""Calls reserve amounts of budgets with their intent, and settle them with their result.

New columns have defaults in the database or are nullable: processes of the former release write rows without them. They check
limits against ``used``, so ``used`` includes what is reserved.

A budget of events stores until when events count at their match, although its action has changed.
"""

from django.db import migrations, models

from automate.kernel.models import check

KINDS = ("reserve", "settle", "release", "refuse", "correct")
# Without a scan under an exclusive lock: the ledger is large, and processes of the former release write it.
ADD_KINDS = """
ALTER TABLE budget_entry ADD CONSTRAINT budget_entry_kind_known
    CHECK (kind IN ('reserve', 'settle', 'release', 'refuse', 'correct')) NOT VALID
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0008_metered")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField("budget", "reserved", models.BigIntegerField(default=0)),
                migrations.AddField("budget", "reserved_in", models.DateTimeField(null=True)),
                migrations.AddField("budget", "matched_until", models.DateTimeField(null=True)),
                migrations.AddField("budgetentry", "reserved", models.BigIntegerField(default=0)),
                migrations.AddConstraint("budget", check("budget_settled_once", models.Q(reserved__gte=0))),
                migrations.RemoveConstraint("budgetentry", "budget_entry_kind"),
                migrations.AddConstraint("budgetentry", check("budget_entry_kind_known", models.Q(kind__in=KINDS))),
            ],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE budget ADD COLUMN IF NOT EXISTS reserved bigint NOT NULL DEFAULT 0, "
                    "ADD COLUMN IF NOT EXISTS reserved_in timestamptz, ADD COLUMN IF NOT EXISTS matched_until timestamptz, "
                    "DROP CONSTRAINT IF EXISTS budget_settled_once, "
                    "ADD CONSTRAINT budget_settled_once CHECK (reserved >= 0)",
                    "ALTER TABLE budget DROP COLUMN reserved, DROP COLUMN reserved_in, DROP COLUMN matched_until",
                ),
                migrations.RunSQL(
                    "ALTER TABLE budget_entry ADD COLUMN IF NOT EXISTS reserved bigint NOT NULL DEFAULT 0, "
                    "DROP CONSTRAINT IF EXISTS budget_entry_kind, DROP CONSTRAINT IF EXISTS budget_entry_kind_known",
                    "ALTER TABLE budget_entry DROP COLUMN reserved",
                ),
                migrations.RunSQL(ADD_KINDS, "ALTER TABLE budget_entry DROP CONSTRAINT budget_entry_kind_known"),
            ],
        )
    ]
