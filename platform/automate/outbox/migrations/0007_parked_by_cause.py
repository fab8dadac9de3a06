"""Parked jobs are found by their cause: one cause may hold many thousands. Built beside the writes of running workers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("outbox", "0006_broken")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("outboxjob", "outbox_job_parked"),
                migrations.AddIndex(
                    "outboxjob",
                    models.Index(
                        fields=["tenant_id", "parked", "id"],
                        condition=models.Q(("parked", ""), _negated=True),
                        name="outbox_job_parked_for",
                    ),
                ),
            ],
            database_operations=[
                migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS outbox_job_parked_for", migrations.RunSQL.noop),
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY outbox_job_parked_for ON outbox_job (tenant_id, parked, id) WHERE parked <> ''",
                    "DROP INDEX CONCURRENTLY IF EXISTS outbox_job_parked_for",
                ),
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS outbox_job_parked",
                    "CREATE INDEX CONCURRENTLY outbox_job_parked ON outbox_job (tenant_id, id) WHERE parked <> ''",
                ),
            ],
        )
    ]
