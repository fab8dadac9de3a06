"""An event may name the event from which it was made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0002_guards")]

    operations = [
        migrations.AddField(model_name="event", name="derived_from_id", field=models.UUIDField(null=True)),
    ]
