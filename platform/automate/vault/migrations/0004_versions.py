"""Sealed values of secrets, with versions, and the names that workers hold. Older releases still write their rows."""

from django.db import migrations, models

import automate.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("vault", "0003_secret")]

    operations = [
        migrations.AddField("secret", "last_version", models.IntegerField(default=0)),
        migrations.RunSQL("ALTER TABLE secret ALTER COLUMN last_version SET DEFAULT 0", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SecretVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("secret_id", models.UUIDField()),
                ("number", models.IntegerField()),
                ("sealed", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "secret_version",
                "constraints": [
                    models.UniqueConstraint(fields=("secret_id", "number"), name="secret_version_once"),
                ],
            },
        ),
        migrations.AddField("secretresolution", "version", models.IntegerField(null=True)),
        migrations.CreateModel(
            name="EnvironmentNames",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("worker_id", models.UUIDField(unique=True)),
                ("names", models.JSONField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={"db_table": "environment_names"},
        ),
    ]
