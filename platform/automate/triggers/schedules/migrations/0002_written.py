"""The text of a value beside the value: jsonb keeps no order of keys.

Processes of the release before leave the text null, or leave an earlier text; it is shown only where it says what the value says.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schedules", "0001_initial")]

    operations = [
        migrations.AddField("schedule", "written", models.TextField(null=True)),
    ]
