"""Budgets that tenants set, windows in the tenant's time zone, and the ledger.

New columns have defaults in the database or are nullable: processes of the former release insert rows without them.
"""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.guards import own_rows_only
from automate.kernel.models import check

METRICS = ("events", "runs", "steps", "concurrent_runs", "calls")

# A process of the former release moves window_start alone, so the end of a window is the later one of both.
ENDS = """
CREATE FUNCTION public.automate_budget_ends(kind text, started timestamptz, resets timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN kind = 'always' THEN 'infinity'::timestamptz
                ELSE greatest(resets, date_trunc(kind, started, 'UTC') + ('1 ' || kind)::interval) END
$$
"""
# Days and months are those of the calendar there. An hour is an hour, also where the clock is put back.
NEXT = """
CREATE FUNCTION public.automate_window_end(kind text, at timestamptz, zone text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN kind IN ('day', 'month')
                THEN (date_trunc(kind, at AT TIME ZONE zone) + ('1 ' || kind)::interval) AT TIME ZONE zone
                ELSE date_trunc(kind, at, zone) + ('1 ' || kind)::interval END
$$
"""
# What was spent in a window that is open now is the ledger's first entry of its budget.
OPENING = """
INSERT INTO budget_entry (id, tenant_id, budget_id, window_start, kind, amount, refused, made_at)
SELECT gen_random_uuid(), tenant_id, id, window_start, 'correct', used, 0, now() FROM budget WHERE used > 0
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0004_working_index")]

    operations = [
        migrations.AddField("budget", "scope", models.CharField(max_length=64, default="", blank=True)),
        migrations.AddField("budget", "scope_label", models.CharField(max_length=255, default="", blank=True)),
        migrations.AddField("budget", "ceiling", models.BigIntegerField(null=True)),
        migrations.AddField("budget", "resets_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            "ALTER TABLE budget ALTER COLUMN scope SET DEFAULT '', ALTER COLUMN scope_label SET DEFAULT ''",
            migrations.RunSQL.noop,
        ),
        # The limits of all budgets until now were the platform's.
        migrations.RunSQL('UPDATE budget SET ceiling = "limit"', migrations.RunSQL.noop),
        migrations.RemoveConstraint("budget", "budget_once"),
        migrations.RemoveConstraint("budget", "budget_metric"),
        migrations.RemoveConstraint("budget", "budget_action"),
        migrations.AddConstraint(
            "budget",
            models.UniqueConstraint(fields=["tenant_id", "metric", "window", "scope"], name="budget_once_in_scope"),
        ),
        migrations.AddConstraint("budget", check("budget_metric_known", models.Q(metric__in=METRICS))),
        migrations.AddConstraint(
            "budget", check("budget_action_known", models.Q(action__in=("throttle", "reject", "alert")))
        ),
        migrations.CreateModel(
            name="BudgetEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField()),
                ("budget_id", models.UUIDField()),
                ("window_start", models.DateTimeField()),
                ("kind", models.CharField(max_length=16)),
                ("amount", models.BigIntegerField()),
                ("refused", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "budget_entry",
                "constraints": [
                    check("budget_entry_kind", models.Q(kind__in=("settle", "refuse", "correct"))),
                ],
                "indexes": [models.Index(fields=["budget_id", "window_start"], name="budget_entry_by_window")],
            },
        ),
        own_rows_only("budget_entry"),
        migrations.RunSQL(ENDS, "DROP FUNCTION public.automate_budget_ends(text, timestamptz, timestamptz)"),
        migrations.RunSQL(NEXT, "DROP FUNCTION public.automate_window_end(text, timestamptz, text)"),
        migrations.RunSQL(OPENING, migrations.RunSQL.noop),
    ]
