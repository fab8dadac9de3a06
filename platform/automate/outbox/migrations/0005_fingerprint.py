"""Dead jobs are grouped by what they died of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0004_held"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxjob",
            name="fingerprint",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="outboxjob",
            index=models.Index(
                condition=models.Q(("fingerprint__isnull", False)),
                fields=["tenant_id", "fingerprint", "id"],
                name="outbox_job_failures",
            ),
        ),
    ]
