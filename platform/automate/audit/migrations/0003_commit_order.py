"""Entries in the order of their commits: the transaction of each is written by default, also for a process of the former release."""

from django.db import migrations, models

DEFAULT = "ALTER TABLE audit_entry ALTER COLUMN xid SET DEFAULT pg_current_xact_id()::text::bigint"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_guards")]

    operations = [
        # Without a default at first: PostgreSQL would write one into each row under a lock.
        migrations.AddField("auditentry", "xid", models.BigIntegerField(editable=False, null=True)),
        migrations.RunSQL(DEFAULT, "ALTER TABLE audit_entry ALTER COLUMN xid DROP DEFAULT"),
    ]
