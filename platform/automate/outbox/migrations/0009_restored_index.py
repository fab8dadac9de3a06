"""Held jobs are found without a look at the others. Built beside the writes of running workers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("outbox", "0008_epoch")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    "outboxjob",
                    models.Index(
                        fields=["tenant_id", "id"],
                        condition=models.Q(restored=True, open=True),
                        name="outbox_job_restored",
                    ),
                )
            ],
            database_operations=[
                migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS outbox_job_restored", migrations.RunSQL.noop),
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY outbox_job_restored ON outbox_job (tenant_id, id) WHERE open AND restored",
                    "DROP INDEX CONCURRENTLY IF EXISTS outbox_job_restored",
                ),
            ],
        )
    ]
