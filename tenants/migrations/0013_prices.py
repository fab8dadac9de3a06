"""Prices of plans; and workers learn with a tenant whether it has budgets of what its runs use."""

from django.db import migrations, models

from automate.kernel.guards import Policy, with_policy
from automate.kernel.roles import DIRECTORY_ROLE


class Migration(migrations.Migration):
    dependencies = [("tenants", "0012_plan"), ("budgets", "0008_metered")]

    operations = [
        migrations.AddField("plan", "prices", models.JSONField(default=dict)),
        migrations.RunSQL("ALTER TABLE plan ALTER COLUMN prices SET DEFAULT '{}'", migrations.RunSQL.noop),
        with_policy(Policy("budget", DIRECTORY_ROLE, "SELECT")),
    ]
