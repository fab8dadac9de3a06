"""Views of lists, own and shared."""

from django.db import migrations, models

import automate.kernel.ids


class Migration(migrations.Migration):
    initial = True
    dependencies = [("outbox", "0008_epoch")]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("page", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=60)),
                ("search", models.CharField(blank=True, max_length=2_000)),
                ("owner", models.CharField(blank=True, max_length=64)),
                ("saved_by", models.CharField(max_length=200)),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "db_table": "saved_view",
                "constraints": [models.UniqueConstraint(fields=("page", "owner", "name"), name="saved_view_once")],
            },
        ),
    ]
