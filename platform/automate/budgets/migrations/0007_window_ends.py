"""A window ends where it says, also one that began at the end of another in a different time zone."""

from django.db import migrations

# A process of the former release moves window_start alone: then the end that was stored is not behind it.
ENDS = """
CREATE OR REPLACE FUNCTION public.automate_budget_ends(kind text, started timestamptz, resets timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN kind = 'always' THEN 'infinity'::timestamptz
                WHEN resets > started THEN resets
                ELSE date_trunc(kind, started, 'UTC') + ('1 ' || kind)::interval END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0006_planned")]

    operations = [migrations.RunSQL(ENDS, migrations.RunSQL.noop)]
