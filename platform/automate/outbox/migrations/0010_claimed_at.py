"""When a job was claimed last. Rows of before have none, and no row is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0009_restored_index")]

    operations = [
        migrations.AddField(model_name="outboxjob", name="claimed_at", field=models.DateTimeField(null=True)),
    ]
