"""A run that somebody paused by itself says so, so that its workflow's resumption leaves it alone.

Of runs that are paused already nobody knows by whom: those of a paused workflow are taken for its.
"""

from django.db import migrations, models

HELD = """
UPDATE execution_run r SET paused_at = now()
FROM workflow w WHERE w.id = r.workflow_id AND w.paused_at IS NULL AND r.state = 'paused'
"""


class Migration(migrations.Migration):
    dependencies = [("runs", "0007_recovery"), ("workflows", "0003_paused")]

    operations = [
        migrations.AddField(model_name="executionrun", name="paused_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(HELD, migrations.RunSQL.noop),
    ]
