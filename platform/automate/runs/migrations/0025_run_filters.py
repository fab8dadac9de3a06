"""Filters of runs have indexes, which are built while the application works."""

from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("runs", "0024_persons")]

    operations = [
        AddIndexWithoutLock("executionrun", models.Index(fields=["trace_id", "id"], name="execution_run_trace")),
        AddIndexWithoutLock(
            "executionrun",
            models.Index(
                fields=["rule_id", "id"], condition=models.Q(rule_id__isnull=False), name="execution_run_rule"
            ),
        ),
        AddIndexWithoutLock(
            "executionrun",
            models.Index(
                KeyTextTransform("code", "error"),
                "id",
                condition=models.Q(error__isnull=False),
                name="execution_run_error_code",
            ),
        ),
        AddIndexWithoutLock(
            "executionrun", models.Index(fields=["id"], condition=models.Q(test=True), name="execution_run_tests")
        ),
    ]
