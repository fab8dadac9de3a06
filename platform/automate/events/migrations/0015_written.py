"""The text of a value beside the value: jsonb keeps no order of keys.

Processes of the release before leave the text null, or leave an earlier text; it is shown only where it says what the value says.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0014_vacuum")]

    operations = [
        migrations.AddField("eventtype", "written", models.TextField(null=True)),
    ]
