"""Row-level security."""

from django.db import migrations

from automate.kernel.guards import own_rows_only


class Migration(migrations.Migration):
    dependencies = [("budgets", "0001_initial"), ("tenants", "0002_guards")]

    operations = [
        own_rows_only("budget"),
        own_rows_only("budget_slot"),
    ]
