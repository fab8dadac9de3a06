"""Signals for a job's holder. The database has the default, so that no statement has to name the column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0002_guards")]

    operations = [
        migrations.AddField(
            model_name="outboxjob",
            name="signals",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.RunSQL(
            "ALTER TABLE outbox_job ALTER COLUMN signals SET DEFAULT 0",
            "ALTER TABLE outbox_job ALTER COLUMN signals DROP DEFAULT",
        ),
    ]
