"""Bulk operations with what came of each item, and failed runs grouped by their errors."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.models import check


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0009_approval_states"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("operation_id", models.UUIDField()),
                ("item_id", models.UUIDField()),
                ("outcome", models.CharField(max_length=16)),
                ("runs", models.JSONField(default=list)),
                ("error", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "bulk_item",
            },
        ),
        migrations.CreateModel(
            name="BulkOperation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("state", models.CharField(default="running", max_length=16)),
                ("wanted", models.JSONField()),
                ("options", models.JSONField()),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("rate", models.IntegerField()),
                ("ceiling", models.IntegerField()),
                ("stop_on_error_rate", models.IntegerField(null=True)),
                ("bounded_at", models.DateTimeField()),
                ("total", models.IntegerField()),
                ("done", models.IntegerField(default=0)),
                ("skipped", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
                ("cursor_id", models.UUIDField(null=True)),
                ("error", models.JSONField(null=True)),
                ("principal_kind", models.CharField(max_length=16)),
                ("principal_id", models.CharField(blank=True, max_length=64)),
                ("principal_name", models.CharField(max_length=200)),
                ("principal_role", models.CharField(blank=True, max_length=16)),
                ("trace_id", models.CharField(max_length=32)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "bulk_operation",
            },
        ),
        migrations.AddField(
            model_name="executionrun",
            name="fingerprint",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="executionrun",
            index=models.Index(
                condition=models.Q(("fingerprint__isnull", False)),
                fields=["fingerprint", "id"],
                include=("workflow_id",),
                name="execution_run_failures",
            ),
        ),
        migrations.AddIndex(
            model_name="bulkitem",
            index=models.Index(fields=["operation_id", "id"], include=("outcome",), name="bulk_item_page"),
        ),
        migrations.AddConstraint(
            model_name="bulkitem",
            constraint=models.UniqueConstraint(fields=("operation_id", "item_id"), name="bulk_item_once"),
        ),
        migrations.AddConstraint(
            model_name="bulkitem",
            constraint=check(
                condition=models.Q(("outcome__in", ("done", "skipped", "refused"))), name="bulk_item_outcome_known"
            ),
        ),
        migrations.AddIndex(
            model_name="bulkoperation",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)), fields=["finished_at"], name="bulk_operation_final"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkoperation",
            constraint=check(
                condition=models.Q(("state__in", ["aborted", "failed", "finished", "running", "stopped"])),
                name="bulk_operation_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkoperation",
            constraint=check(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("state", "running")),
                    models.Q(models.Q(("state", "running"), _negated=True), ("finished_at__isnull", False)),
                    _connector="OR",
                ),
                name="bulk_operation_finished_when_final",
            ),
        ),
    ]
