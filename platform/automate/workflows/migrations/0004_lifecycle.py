"""Workflows can be archived, and skip what comes while they are paused; a version says which one it publishes again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_paused")]

    operations = [
        migrations.AddField(model_name="workflow", name="skipping_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="workflow", name="archived_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="workflowversion", name="restores", field=models.IntegerField(null=True)),
    ]
