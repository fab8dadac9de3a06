"""Mark runs that are paused individually, so that resuming their workflow does not resume them.

For runs that are already paused the kind of the pause is unknown. The next resume of the run or its workflow resumes them.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0007_recovery")]

    operations = [
        migrations.AddField(model_name="executionrun", name="paused_at", field=models.DateTimeField(null=True)),
    ]
