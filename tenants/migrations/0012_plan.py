"""Plans as rows, and what the operator needs to let the budgets of tenants follow from them."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.guards import Policy, platform_rows_only, with_policy
from automate.kernel.roles import OPERATOR_ROLE, STAFF_ROLE, TENANT_GROUP_ROLE

PROVEN = "(SELECT public.automate_operator_proven())"
STAFF = "(SELECT public.automate_staff_proven())"
OWN_PLAN = "slug = (SELECT t.plan FROM public.tenant t WHERE t.id = public.automate_tenant_id())"
# What each of these plans had until now.
FIRST = """
INSERT INTO plan (id, slug, name, weight, budgets, revision, created_at, updated_at)
SELECT gen_random_uuid(), p.slug, initcap(p.slug), p.weight,
       '[{"metric": "concurrent_runs", "window": "always", "limit": 100, "action": "throttle"}]'::jsonb, 1, now(), now()
FROM (VALUES ('free', 1), ('standard', 1), ('business', 2), ('enterprise', 4)) AS p (slug, weight)
UNION ALL
SELECT gen_random_uuid(), t.plan, t.plan, 1, '[{"metric": "concurrent_runs", "window": "always", "limit": 100, "action": "throttle"}]'::jsonb,
       1, now(), now()
FROM (SELECT DISTINCT plan FROM tenant WHERE plan NOT IN ('free', 'standard', 'business', 'enterprise')) t
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0011_timezone"),
        ("budgets", "0006_planned"),
        ("outbox", "0007_parked_by_cause"),
        ("people", "0002_guards"),
        ("staff", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("weight", models.IntegerField(default=1)),
                ("budgets", models.JSONField(default=list)),
                ("revision", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={"db_table": "plan"},
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
        platform_rows_only(
            "plan",
            [
                Policy("plan", OPERATOR_ROLE, "SELECT"),
                Policy("plan", OPERATOR_ROLE, "INSERT", using="", check=PROVEN),
                Policy("plan", OPERATOR_ROLE, "UPDATE", using=PROVEN, check=PROVEN),
                Policy("plan", STAFF_ROLE, "SELECT", using=STAFF),
                Policy("plan", TENANT_GROUP_ROLE, "SELECT", using=OWN_PLAN),
            ],
        ),
        with_policy(Policy("budget_slot", OPERATOR_ROLE, "ALL", using=PROVEN, check=PROVEN)),
        # Nothing is asked of rows that are read: it would stand before the conditions that indexes serve.
        with_policy(Policy("outbox_job", OPERATOR_ROLE, "SELECT")),
        with_policy(
            Policy(
                "outbox_job",
                OPERATOR_ROLE,
                "UPDATE",
                using=f"open AND state = 'pending' AND {PROVEN}",
                check=f"open AND state = 'pending' AND {PROVEN}",
            )
        ),
    ]
