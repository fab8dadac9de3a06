"""Groups of failures that a person has resolved."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.models import check


class Migration(migrations.Migration):
    dependencies = [("runs", "0032_effect_key_index")]

    operations = [
        migrations.CreateModel(
            name="FailureResolution",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("fingerprint", models.UUIDField()),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("resolved_by", models.CharField(max_length=200)),
                ("resolved_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "db_table": "failure_resolution",
                "constraints": [
                    check("failure_resolution_kind_known", models.Q(kind__in=["runs", "jobs"])),
                    models.UniqueConstraint(fields=("kind", "fingerprint"), name="failure_resolution_once"),
                ],
            },
        ),
    ]
