"""Slots are counted by tenant, and among them those of runs that work. Built beside the writes of running workers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("budgets", "0003_working")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("budgetslot", "budget_slot_tenant"),
                migrations.AddIndex(
                    "budgetslot", models.Index(fields=["tenant_id", "working"], name="budget_slot_working")
                ),
            ],
            database_operations=[
                migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS budget_slot_working", migrations.RunSQL.noop),
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY budget_slot_working ON budget_slot (tenant_id, working)",
                    "DROP INDEX CONCURRENTLY IF EXISTS budget_slot_working",
                ),
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS budget_slot_tenant",
                    "CREATE INDEX CONCURRENTLY budget_slot_tenant ON budget_slot (tenant_id)",
                ),
            ],
        )
    ]
