"""Backtests of rules over stored events, with a few example events for each outcome."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.models import check


class Migration(migrations.Migration):
    dependencies = [
        ("rules", "0005_over_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backtest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("state", models.CharField(default="running", max_length=16)),
                ("rule_id", models.UUIDField(null=True)),
                ("when", models.JSONField()),
                ("live_when", models.JSONField(null=True)),
                ("anchor", models.SmallIntegerField(null=True)),
                ("live_anchor", models.SmallIntegerField(null=True)),
                ("wanted", models.JSONField()),
                ("most", models.IntegerField()),
                ("floor_id", models.UUIDField()),
                ("count_id", models.UUIDField()),
                ("cursor_id", models.UUIDField()),
                ("found", models.IntegerField(default=0)),
                ("total", models.IntegerField(null=True)),
                ("older", models.BooleanField(default=False)),
                ("tested", models.IntegerField(default=0)),
                ("erased", models.IntegerField(default=0)),
                ("tally", models.JSONField(default=dict)),
                ("error", models.JSONField(null=True)),
                ("started_by", models.CharField(max_length=200)),
                ("trace_id", models.CharField(max_length=32)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "backtest",
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False)),
                        fields=["finished_at"],
                        name="backtest_final",
                    ),
                    models.Index(condition=models.Q(("state", "running")), fields=["id"], name="backtest_running"),
                ],
                "constraints": [
                    check(
                        condition=models.Q(("state__in", ["aborted", "failed", "finished", "running"])),
                        name="backtest_state_known",
                    ),
                    check(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", True), ("state", "running")),
                            models.Q(models.Q(("state", "running"), _negated=True), ("finished_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="backtest_finished_when_final",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BacktestSample",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("backtest_id", models.UUIDField()),
                ("event_id", models.UUIDField()),
                ("difference", models.CharField(max_length=24)),
                ("verdict", models.CharField(max_length=16)),
                ("live_verdict", models.CharField(blank=True, max_length=16)),
                ("reason", models.TextField(blank=True)),
                ("path", models.JSONField(default=list)),
            ],
            options={
                "db_table": "backtest_sample",
                "constraints": [
                    models.UniqueConstraint(fields=("backtest_id", "event_id"), name="backtest_sample_once")
                ],
            },
        ),
    ]
