"""The runs of a paused workflow wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0002_guards")]

    operations = [
        migrations.AddField(model_name="workflow", name="paused_at", field=models.DateTimeField(null=True)),
    ]
