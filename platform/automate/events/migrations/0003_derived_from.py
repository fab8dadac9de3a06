"""An event may say which event it was made from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0002_guards")]

    operations = [
        migrations.AddField(model_name="event", name="derived_from_id", field=models.UUIDField(null=True)),
    ]
