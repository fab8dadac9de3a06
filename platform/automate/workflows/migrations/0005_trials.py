"""What is tested for real without being published is a version without a number of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0004_lifecycle")]

    operations = [
        migrations.RemoveConstraint("workflowversion", "workflow_version_number"),
        migrations.AddConstraint(
            "workflowversion",
            models.UniqueConstraint(
                fields=["workflow", "number"], condition=models.Q(number__gt=0), name="workflow_version_number"
            ),
        ),
        migrations.AddConstraint(
            "workflowversion",
            models.UniqueConstraint(
                fields=["workflow", "checksum"], condition=models.Q(number=0), name="workflow_version_trial"
            ),
        ),
    ]
