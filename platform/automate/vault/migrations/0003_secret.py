"""What each secret may be used for."""

from django.db import migrations, models

import automate.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_guards")]

    operations = [
        migrations.CreateModel(
            name="Secret",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=64, unique=True)),
                ("allowed_hosts", models.JSONField(null=True)),
                ("allowed_connectors", models.JSONField(null=True)),
                ("allowed_workflows", models.JSONField(null=True)),
                ("revision", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={"db_table": "secret"},
        ),
    ]
