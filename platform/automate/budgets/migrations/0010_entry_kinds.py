"""The kinds of the ledger's entries hold for rows of the former release too. To read them takes no exclusive lock."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("budgets", "0009_reserved")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE budget_entry VALIDATE CONSTRAINT budget_entry_kind_known", migrations.RunSQL.noop
        )
    ]
