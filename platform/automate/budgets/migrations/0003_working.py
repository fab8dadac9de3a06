"""A run that waits holds no run slot. The default is the database's: an earlier release inserts rows without the column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("budgets", "0002_guards")]

    operations = [
        migrations.AddField(model_name="budgetslot", name="working", field=models.BooleanField(default=True)),
        migrations.RunSQL(
            "ALTER TABLE budget_slot ALTER COLUMN working SET DEFAULT true",
            "ALTER TABLE budget_slot ALTER COLUMN working DROP DEFAULT",
        ),
    ]
