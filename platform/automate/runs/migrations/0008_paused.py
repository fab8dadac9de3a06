"""A run that somebody paused by itself says so, so that its workflow's resumption leaves it alone.

Of runs that are paused already nobody knows by whom: the next resumption, of the run or of its workflow, lets them go on.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0007_recovery")]

    operations = [
        migrations.AddField(model_name="executionrun", name="paused_at", field=models.DateTimeField(null=True)),
    ]
