"""Lines of retries are found by their origin, and operations on runs remember their keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_approvals")]

    operations = [
        migrations.CreateModel(
            name="OperationKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("operation", models.CharField(max_length=32)),
                ("key", models.CharField(max_length=255)),
                ("digest", models.CharField(max_length=64)),
                ("outcome", models.JSONField(null=True)),
                ("expires_at", models.DateTimeField()),
            ],
            options={"db_table": "operation_key"},
        ),
        migrations.AddIndex(
            model_name="executionrun",
            index=models.Index(
                condition=models.Q(("retry_of_id__isnull", False)), fields=["origin_id"], name="execution_run_line"
            ),
        ),
        migrations.AddIndex(
            model_name="operationkey", index=models.Index(fields=["expires_at"], name="operation_key_expiry")
        ),
        migrations.AddConstraint(
            model_name="operationkey",
            constraint=models.UniqueConstraint(fields=("operation", "key"), name="operation_key_once"),
        ),
    ]
