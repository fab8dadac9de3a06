"""The amounts that a call reserves from budgets. Null in rows of the former release, which reserves nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0035_approval_written")]

    operations = [migrations.AddField("effect", "reserved", models.JSONField(null=True))]
