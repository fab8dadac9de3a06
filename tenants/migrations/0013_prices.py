"""Prices of plans; and workers learn with a tenant whether it has such budgets, and prices. The platform deletes plans."""

from django.db import migrations, models

from automate.kernel.guards import Policy, with_policy
from automate.kernel.roles import DIRECTORY_ROLE, OPERATOR_ROLE

PROVEN = "(SELECT public.automate_operator_proven())"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0012_plan"), ("budgets", "0008_metered")]

    operations = [
        migrations.AddField("plan", "prices", models.JSONField(default=dict)),
        migrations.RunSQL("ALTER TABLE plan ALTER COLUMN prices SET DEFAULT '{}'", migrations.RunSQL.noop),
        with_policy(Policy("budget", DIRECTORY_ROLE, "SELECT")),
        with_policy(Policy("plan", DIRECTORY_ROLE, "SELECT")),
        with_policy(Policy("plan", OPERATOR_ROLE, "DELETE", using=PROVEN)),
    ]
