"""Budgets that come from a plan, beside the tenant's own limit. New columns have defaults in the database or are nullable:
processes of the former release insert rows without them.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("budgets", "0005_set_by_tenants")]

    operations = [
        migrations.AddField("budget", "ceiling_action", models.CharField(max_length=16, default="", blank=True)),
        migrations.AddField("budget", "own_limit", models.BigIntegerField(null=True)),
        migrations.AddField("budget", "own_action", models.CharField(max_length=16, default="", blank=True)),
        migrations.RunSQL(
            "ALTER TABLE budget ALTER COLUMN ceiling_action SET DEFAULT '', ALTER COLUMN own_action SET DEFAULT ''",
            migrations.RunSQL.noop,
        ),
    ]
