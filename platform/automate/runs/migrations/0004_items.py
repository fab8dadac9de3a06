from django.db import migrations, models

import automate.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0003_flow"),
    ]

    operations = [
        migrations.CreateModel(
            name="StepInput",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("run_id", models.UUIDField()),
                ("key", models.CharField(max_length=64)),
                ("input", models.JSONField()),
                ("items", models.IntegerField()),
            ],
            options={
                "db_table": "step_input",
                "constraints": [models.UniqueConstraint(fields=("run_id", "key"), name="step_input_once")],
            },
        ),
    ]
