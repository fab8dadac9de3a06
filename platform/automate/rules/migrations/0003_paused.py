"""Runs of a paused rule wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rules", "0002_guards")]

    operations = [
        migrations.AddField(model_name="rulespec", name="paused_at", field=models.DateTimeField(null=True)),
    ]
